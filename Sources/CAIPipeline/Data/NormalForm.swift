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
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
            return ""
        }
        return String(self[first...last])
    }
}
