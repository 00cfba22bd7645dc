// Owns reading the answer out of what a model wrote.
// Never judges it.

/// The answer within an output.
public enum Answer {
    /// The output up to its first line end or the delimiter, without white space at its ends.
    ///
    /// White space and line ends before the answer are passed over: a base model that starts a new line after a bare
    /// instruction is not marked wrong for that, so the baseline is not made to look worse than it is. The delimiter
    /// counts only as a word of its own: `WEEKEND` is an answer.
    public static func extracted(from output: String) -> String {
        let text = output.drop(while: \.isWhitespace)
        let line = text.prefix { !$0.isNewline }
        var from = line.startIndex
        while let word = line[from...].firstIndex(where: { !$0.isWhitespace }) {
            let end = line[word...].firstIndex(where: \.isWhitespace) ?? line.endIndex
            if line[word..<end] == PromptLayout.delimiter { return line[..<word].trimmed }
            from = end
        }
        return line.trimmed
    }
}
