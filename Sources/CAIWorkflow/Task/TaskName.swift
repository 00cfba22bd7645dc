// Owns: what a task's file name says: stamp, priority, words, cancelled; and which names may be claimed at all.
// A stamp is text to order by; stamps lie about the time, so none is ever read as a clock.
// Never looks at the file.

/// A task's file name, taken apart: `YYYYMMDD[_HHMMSS]_P0_words.md`, every part before `.md` optional.
public struct TaskName: Sendable, Hashable, CustomStringConvertible {
    /// The whole name, as in the folder.
    public let fileName: String
    /// `20251004` or `20251004_153000`.
    public let stamp: String?
    public let priority: Priority?
    /// The words behind stamp and priority, without `_CANCELLED` and `.md`.
    public let slug: String
    /// Whether the name ends in `_CANCELLED`.
    public let isCancelled: Bool

    public init(_ fileName: String) {
        self.fileName = fileName
        var rest = Self.stem(of: fileName)[...]
        stamp = Self.takeStamp(&rest)
        priority = Self.takePriority(&rest)
        let mark = ["_CANCELLED", "-CANCELLED", "_CANCELED", "-CANCELED"].first { rest.hasSuffix($0) }
        isCancelled = mark != nil
        slug = String(rest.dropLast(mark?.count ?? 0))
    }

    /// The name without `.md`.
    public var stem: String { Self.stem(of: fileName) }
    public var description: String { fileName }

    /// Whether a file of this name may be a task: `[A-Za-z0-9]…*.md`, no control characters, and no temporary or
    /// conflict copy of an editor or a synchroniser.
    public var isClaimable: Bool { Self.isClaimable(fileName) }

    /// The same of a name that need not be taken apart.
    public static func isClaimable(_ fileName: String) -> Bool {
        // Asked of every name at every look, so most are decided by their bytes alone.
        let bytes = fileName.utf8
        guard let first = bytes.first, isAlphanumeric(first), bytes.suffix(3).elementsEqual(".md".utf8) else {
            return false
        }
        let isSimple = bytes.dropLast(3).allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        if isSimple { return true }
        let isPlain = fileName.unicodeScalars.allSatisfy {
            $0 != "/" && $0 != "\u{FFFD}" && $0.properties.generalCategory != .control
        }
        let lowercased = fileName.lowercased()
        let isCopy = [".sync-conflict-", "conflicted copy", ".tmp."].contains { lowercased.contains($0) }
        return isPlain && !isCopy
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func stem(of fileName: String) -> String {
        fileName.hasSuffix(".md") ? String(fileName.dropLast(3)) : fileName
    }

    /// Eight digits, perhaps six more, then a separator or the end.
    private static func takeStamp(_ text: inout Substring) -> String? {
        let day = text.prefix { $0.unicodeScalars.allSatisfy(isDigit) }
        guard day.count == 8 else { return nil }
        var stamp = String(day)
        var rest = text.dropFirst(8)
        guard let separator = rest.first else {
            text = rest
            return stamp
        }
        guard isSeparator(separator) else { return nil }
        rest = rest.dropFirst()
        let time = rest.prefix { $0.unicodeScalars.allSatisfy(isDigit) }
        let behind = rest.dropFirst(6)
        if time.count == 6, behind.first.map(isSeparator) ?? true {
            stamp += "_" + time
            rest = behind.dropFirst()
        }
        text = rest
        return stamp
    }

    private static func takePriority(_ text: inout Substring) -> Priority? {
        let word = text.prefix { !isSeparator($0) }
        guard word.count == 2, word.first == "P", let priority = Priority(word: word) else { return nil }
        text = text.dropFirst(3)
        return priority
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private static func isSeparator(_ character: Character) -> Bool { character == "_" || character == "-" }
}
