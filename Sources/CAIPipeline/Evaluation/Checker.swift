// Owns the deterministic rules that say whether an answer is right.
// Never asks a model, and never reads beyond the answer.

/// How an answer is compared with the right one.
public enum Checker: String, Sendable, Hashable, Codable, CaseIterable {
    /// Equal but for case, after trimming and dropping one full stop at the end.
    case exact
    /// Equal, case included, after trimming and dropping one full stop at the end.
    case caseSensitive = "case"
    /// The first whole number in the answer is the right one.
    case number
    /// The same comma-separated entries in any order, but for case.
    case list

    /// Whether an answer (see `Answer.extracted`) is right.
    public func accepts(_ answer: String, gold: String) -> Bool {
        switch self {
        case .exact: Self.plain(answer).lowercased() == Self.plain(gold).lowercased()
        case .caseSensitive: Self.plain(answer) == Self.plain(gold)
        case .number: Self.firstInteger(answer).map { $0 == Self.firstInteger(gold) } ?? false
        case .list: Self.entries(answer) == Self.entries(gold)
        }
    }

    private static func plain(_ text: String) -> String {
        let trimmed = text.trimmed
        return trimmed.hasSuffix(".") ? trimmed.dropLast().trimmed : trimmed
    }

    /// The first run of digits with a minus directly before it, leading zeros dropped; a text, so no number is too long.
    /// A minus after a letter or a digit is a hyphen.
    private static func firstInteger(_ text: String) -> String? {
        let characters = Array(text)
        guard let start = characters.firstIndex(where: isDigit) else { return nil }
        let digits = String(characters[start...].prefix(while: isDigit).drop { $0 == "0" })
        let hasMinus = start > 0 && (characters[start - 1] == "-" || characters[start - 1] == "−")
        let isHyphen = start > 1 && (characters[start - 2].isLetter || characters[start - 2].isNumber)
        if digits.isEmpty { return "0" }
        return hasMinus && !isHyphen ? "-" + digits : digits
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

    /// Sorted, so that order does not matter but repetition does.
    private static func entries(_ text: String) -> [String] {
        plain(text).lowercased().split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed).sorted()
    }
}
