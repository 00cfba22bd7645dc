// Owns a parsed text: its tree, its file name, and errors that point into it.
// What a caller keeps to complain about a value after decoding.
// Never decodes.

/// A parsed YAML text. An empty one is a document whose root is null.
public struct YAMLDocument: Sendable {
    public let root: YAMLNode
    let source: SourceText

    /// The file's name as it was given.
    public var file: String { source.file }

    /// Parses one document of at most 1 MiB of UTF-8; a byte-order mark and CRLF are fine.
    /// - Parameter startingAtLine: the number of the first line, for a text embedded in a larger file.
    /// - Throws: `YAMLError`: syntax, encoding, a duplicate key (at the second), an alias, a tag, a second document.
    public static func parse(
        _ bytes: some Collection<UInt8>, file: String, startingAtLine: Int = 1
    ) throws(YAMLError) -> YAMLDocument {
        let (document, problems) = gather(bytes, file: file, startingAtLine: startingAtLine)
        if let first = problems.first { throw first }
        guard let document else { throw YAMLError(file: file, line: 1, column: 1, message: "nothing was parsed") }
        return document
    }

    /// An error at a place in this document, with its snippet.
    public func error(at mark: YAMLMark, _ message: String) -> YAMLError { source.error(at: mark, message) }

    /// The document, where it can be parsed, and every problem found on the way.
    static func gather(
        _ bytes: some Collection<UInt8>, file: String, startingAtLine: Int
    ) -> (document: YAMLDocument?, problems: [YAMLError]) {
        let source = SourceText(bytes, file: file, startingAtLine: startingAtLine)
        let (root, problems) = Composer.compose(source)
        return (root.map { YAMLDocument(root: $0, source: source) }, problems)
    }
}

extension YAMLNode {
    /// The tree of one document; see `YAMLDocument.parse`.
    public static func parse(
        _ bytes: some Collection<UInt8>, file: String, startingAtLine: Int = 1
    ) throws(YAMLError) -> YAMLNode {
        try YAMLDocument.parse(bytes, file: file, startingAtLine: startingAtLine).root
    }
}
