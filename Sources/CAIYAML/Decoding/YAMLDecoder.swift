// Owns the way from a YAML text to a Decodable value, and the list of everything that is wrong with the text.
// One run names duplicate keys, unknown keys, missing keys and wrong types, each at its own place.
// Never stops at the first problem unless the type itself cannot go on.

/// Decodes a `Decodable` value from one YAML document.
///
/// `Decodable` stops at the first error it meets. So that one run finds them all, a value that fails inside a keyed
/// container is recorded and replaced by a blank (an empty text, zero, an empty list, nil); the result is then thrown
/// away. A type that tries several shapes must therefore do so through `singleValueContainer`, whose errors are only
/// thrown: `try? container.decode(…, forKey:)` would leave a problem behind.
///
/// A text field also takes an unquoted number or boolean, as it was written. A quoted scalar is never a number.
public struct YAMLDecoder: Sendable {
    /// How many problems of a kind one run names at most: nobody reads more.
    static let problemLimit = 100

    private let strict: Bool

    /// - Parameter strict: whether a key that no decoded type knows is an error, with the nearest known key.
    public init(strict: Bool = true) { self.strict = strict }

    /// Decodes a value.
    /// - Throws: `YAMLError`, the first problem in the file's order.
    public func decode<T: Decodable>(
        _ type: T.Type, from bytes: some Collection<UInt8>, file: String, startingAtLine: Int = 1
    ) throws(YAMLError) -> T {
        let (value, problems) = diagnose(type, from: bytes, file: file, startingAtLine: startingAtLine)
        return try Self.first(value, problems, file: file)
    }

    /// Decodes a value from a document that is parsed already.
    /// - Throws: `YAMLError`, the first problem in the file's order.
    public func decode<T: Decodable>(_ type: T.Type, from document: YAMLDocument) throws(YAMLError) -> T {
        let (value, problems) = diagnose(type, from: document)
        return try Self.first(value, problems, file: document.file)
    }

    /// Every problem of a text in the file's order, and the value where there is none.
    public func diagnose<T: Decodable>(
        _ type: T.Type, from bytes: some Collection<UInt8>, file: String, startingAtLine: Int = 1
    ) -> (value: T?, problems: [YAMLError]) {
        let (document, problems) = YAMLDocument.gather(bytes, file: file, startingAtLine: startingAtLine)
        guard let document else { return (nil, problems) }
        return run(type, document, problems)
    }

    /// Every problem of a document in the file's order, and the value where there is none.
    public func diagnose<T: Decodable>(
        _ type: T.Type, from document: YAMLDocument
    ) -> (value: T?, problems: [YAMLError]) {
        run(type, document, [])
    }

    private func run<T: Decodable>(
        _ type: T.Type, _ document: YAMLDocument, _ found: [YAMLError]
    ) -> (value: T?, problems: [YAMLError]) {
        let run = DecodingRun(document: document, strict: strict)
        let value = try? run.decodeRoot(type)
        let problems = (found + run.problems).sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        return (problems.isEmpty ? value : nil, problems)
    }

    private static func first<T>(_ value: T?, _ problems: [YAMLError], file: String) throws(YAMLError) -> T {
        if let first = problems.first { throw first }
        guard let value else { throw YAMLError(file: file, line: 1, column: 1, message: "nothing was decoded") }
        return value
    }
}
