// Owns: taking `Priority: P0`, `**Priority**: P0`, `**Priority:** P0` and `- **Priority: P0**` apart.
// Emphasis, bullets and signs in front do not count; a name that is none of ours is no field.
// Never decides what a value means.

/// One `name: value` line of a task's header.
enum HeaderField {
    static func read(_ line: String) -> (field: TaskHeader.Field, value: String)? {
        guard let start = line.firstIndex(where: \.isLetter) else { return nil }
        guard let colon = line[start...].firstIndex(of: ":") else { return nil }
        let opened = line[..<start].reversed().prefix { isEmphasis($0) }
        let name = line[start..<colon]
        guard let field = field(named: String(name.filter { !isEmphasis($0) })) else { return nil }
        var value = trimmed(line[line.index(after: colon)...])
        let isClosed = name.contains(where: isEmphasis)
        if !opened.isEmpty, !isClosed {
            // The emphasis that began before the name ends right behind the colon, or with the line.
            if value.hasPrefix(String(opened)) {
                value = trimmed(value.dropFirst(opened.count))
            } else if value.hasSuffix(String(opened)) {
                value = trimmed(value.dropLast(opened.count))
            }
        }
        return value.isEmpty ? nil : (field, value.printable)
    }

    private static func field(named name: String) -> TaskHeader.Field? {
        switch name.lowercased().split(separator: " ").joined(separator: " ") {
        case "priority": .priority
        case "status": .status
        case "assigned to", "assigned": .assignedTo
        case "estimated time": .estimatedTime
        case "source", "from review", "triggered by": .source
        default: nil
        }
    }

    private static func isEmphasis(_ character: Character) -> Bool { character == "*" || character == "_" }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let front = text.drop { $0.isWhitespace }
        let back = front.reversed().drop { $0.isWhitespace || $0 == "\\" }
        return String(back.reversed())
    }
}
