// Owns: splitting a command line into words: quotes and backslashes, and nothing else a shell does.
// `'…'` is literal; in `"…"` and outside a backslash keeps the next character.
// Never expands anything.

/// Words of a command line.
public enum CommandWords {
    /// Words that mean something to a shell and nothing here.
    static let operators: Set<String> = ["&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"]

    /// The words, or nil where a quote is not closed or the line ends in a backslash.
    public static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = line.makeIterator()
        while let character = characters.next() {
            if character == quote {
                quote = nil
            } else if character == "\\", quote != "'" {
                guard let next = characters.next() else { return nil }
                if quote == "\"", next != "\"", next != "\\" { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(next)
            } else if quote != nil {
                word = (word ?? "") + String(character)
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let finished = word { words.append(finished) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        return words + (word.map { [$0] } ?? [])
    }
}
