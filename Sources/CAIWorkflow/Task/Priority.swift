// Owns: the four priorities and the words people use for them.
// Lower is more urgent and compares as less, so that sorting puts P0 first.
// Never invents one: a text that names none is nil, and the caller decides what that means.

/// How urgent a task is.
public enum Priority: Int, Sendable, Hashable, Comparable, CaseIterable, Codable, CustomStringConvertible {
    case p0, p1, p2, p3

    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }

    /// `P0` to `P3`.
    public var description: String { "P\(rawValue)" }

    /// `P0` to `P3` or CRITICAL, High, Medium, Low, in any case of letters; nil for any other word.
    public init?(word: some StringProtocol) {
        switch word.uppercased() {
        case "P0", "CRITICAL": self = .p0
        case "P1", "HIGH": self = .p1
        case "P2", "MEDIUM": self = .p2
        case "P3", "LOW": self = .p3
        default: return nil
        }
    }

    /// The priority a field's text names: `P1 (Medium …)`, `CRITICAL (P0)`, `High`. The first word that is one counts,
    /// but a number in the parentheses right behind a word is the more exact: `High (P0)` is P0.
    public init?(fieldText text: String) {
        let words = text.split { !($0.isLetter || $0.isNumber) }
        guard let first = words.firstIndex(where: { Priority(word: $0) != nil }) else { return nil }
        var word = words[first]
        if let next = words[(first + 1)...].first, next.uppercased().hasPrefix("P"), Priority(word: next) != nil,
            text[word.endIndex..<next.startIndex].contains("(")
        {
            word = next
        }
        self.init(word: word)
    }
}
