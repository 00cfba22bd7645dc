// Owns making what a pod says harmless to show.
// Never judges what it says.

extension String {
    /// The text without characters that could move a cursor or turn the direction of writing. Line ends stay, other white space
    /// becomes a blank.
    var plain: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.compactMap { scalar in
                    switch scalar.properties.generalCategory {
                    case .control where scalar != "\n", .lineSeparator, .paragraphSeparator: " "
                    // The joiner of emoji is a format character that is needed.
                    case .format where scalar != "\u{200D}": nil
                    default: scalar
                    }
                }))
    }

    /// The same as one line, of at most so many characters.
    func plainLine(limit: Int = 2000) -> String {
        let words = plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count <= limit ? words : words.prefix(limit) + "…"
    }
}
