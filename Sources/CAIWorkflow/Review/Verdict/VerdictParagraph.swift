// Owns: the words of a verdict that goes over several lines: wrapped, or with a list behind its colon.
// "Go, after switching" in one line and "to the exact test" in the next are one statement.
// Never decides what it states.

enum VerdictParagraph {
    /// The line's words with the lines that continue it. A colon at the end also takes the list behind it.
    static func text(_ lines: [ReviewLine], at index: Int) -> String {
        var parts = [lines[index].plain]
        for next in lines[(index + 1)...].prefix(30) {
            guard next.kind == .paragraph, !next.isPseudoHeading,
                VerdictField(next.plain).map({ $0.strength == .none }) ?? true,
                VerdictRecogniser.standalone(next.plain, next) == nil
            else { break }
            parts.append(next.plain)
        }
        var text = parts.joined(separator: " ")
        if text.hasSuffix(":"), text.contains(where: \.isLetter) {
            let rest = lines[(index + parts.count)...].drop { $0.kind == .blank }
            let list = rest.prefix(20).prefix { $0.isItem || ($0.kind == .paragraph && $0.indentation > 1) }
            text += " " + list.map(\.plain).joined(separator: ", ")
        }
        return text
    }

    /// Whether the line goes on with the one before it.
    static func isContinued(_ lines: [ReviewLine], at index: Int) -> Bool {
        guard index > 0, lines[index].kind == .paragraph else { return false }
        let before = lines[index - 1]
        guard before.kind == .paragraph || before.isItem, !before.isPseudoHeading else { return false }
        return VerdictRecogniser.standalone(lines[index].plain, lines[index]) == nil
    }
}
