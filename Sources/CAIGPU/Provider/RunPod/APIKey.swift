// Owns an API key while it is in memory: whatever prints, describes or mirrors it sees nothing.
// Never read from a file here, and never put anywhere but into one request header.

/// A key that cannot be shown by accident.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String
    /// Where it was found, for messages: a file, or the name of a variable.
    public let source: String

    public init(_ text: String, source: String) { (self.text, self.source) = (text, source) }

    public var description: String { "API key from \(source)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The one place where it comes out.
    var authorization: String { "Bearer \(text)" }

    /// A text without the key in it.
    func hidden(in other: String) -> String {
        guard !text.isEmpty else { return other }
        return other.split(separator: text, omittingEmptySubsequences: false).joined(separator: "…")
    }
}
