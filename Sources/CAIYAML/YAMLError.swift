// Owns the one error of this library: what is wrong, and where.
// Prints as `file:line:column: message`, which editors can jump to; the caret snippet is kept apart.
// Never carries control characters of the input into a terminal.

/// What is wrong in a YAML text, at the offending token.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's name as it was given to the parser.
    public let file: String
    /// 1-based.
    public let line: Int
    /// 1-based, in characters.
    public let column: Int
    /// What is wrong, what was expected, and what to do.
    public let message: String
    /// The source line with a caret under the offending token; two lines, no final newline.
    public let snippet: String

    public init(file: String, line: Int, column: Int, message: String, snippet: String = "") {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.snippet = snippet
    }

    public var description: String { "\(file):\(line):\(column): \(message)" }
}

extension String {
    /// The text in quotes for a message: control characters replaced, at most 60 characters.
    var quotedForMessage: String {
        let shown = unicodeScalars.prefix(60).map { $0.isUnprintable ? "\u{FFFD}" : Character($0) }
        return "\"" + String(shown) + (unicodeScalars.count > 60 ? "…" : "") + "\""
    }
}

extension Unicode.Scalar {
    /// Control, format and line-separator characters, which could change what a terminal shows.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
