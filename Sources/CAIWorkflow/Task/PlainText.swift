// Owns: making text from elsewhere safe to put into a person's markdown file or on a terminal.
// Control and direction characters become spaces or vanish; a quote is fenced so that nothing in it is markdown.
// Never judges what the text says.

/// Text from a program, a model or a file, made harmless.
public enum PlainText {
    /// One line: every run of white space and control characters is one space; at most `limit` characters.
    public static func line(_ text: String, limit: Int = 2000) -> String {
        let words = text.printable.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count <= limit ? words : words.prefix(limit) + "…"
    }

    /// A code fence around the text, longer than any fence inside it, without a newline at the end.
    public static func fenced(_ text: String) -> String {
        let lines = text.lines.map(\.printable)
        let longest = lines.joined(separator: " ").split { $0 != "`" }.map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return ([fence + "text"] + lines + [fence]).joined(separator: "\n")
    }
}

extension String {
    /// The lines without their endings.
    var lines: [String] { split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init) }

    /// The text with control characters as spaces, and without those that change the direction of writing.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.compactMap { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .lineSeparator, .paragraphSeparator: " "
                    // The joiner of emoji is a format character that is needed.
                    case .format where scalar != "\u{200D}": nil
                    default: scalar
                    }
                }))
    }
}
