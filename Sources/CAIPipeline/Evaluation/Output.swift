// Owns what came back from generation for one prompt, as far as the science looks at it.
// Never holds token counts or times.

/// Why generation ended.
public enum Finish: String, Sendable, Hashable, Codable {
    /// A stop string was met.
    case stop
    /// The model ended the text itself.
    case eos
    /// The token limit was hit.
    case length
}

/// A generated text. It ends before the stop string.
public struct Output: Sendable, Hashable, Codable {
    public let text: String
    public let finish: Finish
    /// The stop string that was met, if any.
    public let stopString: String?

    private enum CodingKeys: String, CodingKey {
        case text, finish
        case stopString = "stop_string"
    }

    public init(text: String, finish: Finish, stopString: String? = nil) {
        self.text = text
        self.finish = finish
        self.stopString = stopString
    }

    /// Whether the text is one answer line directly followed by the delimiter on its own line.
    public var endsAfterOneLine: Bool {
        finish == .stop && stopString == PromptLayout.stopString && !text.contains(where: \.isNewline)
    }
}
