// Owns the form in which two texts count as the same.
// Never changes a text that is stored or sent.

/// Lower case, white space collapsed, outer punctuation gone.
public enum NormalForm {
    /// The normal form of a text; texts with equal normal forms are duplicates.
    public static func of(_ text: String) -> String {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let end = words.lastIndex { !".!?,;: ".contains($0) }
        return end.map { String(words[...$0]) } ?? ""
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: String {
        let text = drop(while: \.isWhitespace)
        return text.lastIndex { !$0.isWhitespace }.map { String(text[...$0]) } ?? ""
    }
}
