// Owns the list of texts that may be written as one text.
// `needs: a.md` and `needs: [a.md]` mean the same.
// Never splits a text.

/// A list of texts; a single text is a list of one.
public struct StringList: Sendable, Hashable, Decodable, CustomStringConvertible {
    public let values: [String]

    public init(_ values: [String]) { self.values = values }

    public var description: String { values.joined(separator: ", ") }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let single = try? container.decode(String.self) {
            values = [single]
        } else {
            values = try container.decode([String].self)
        }
    }
}

extension StringList: Blank { static var blank: StringList { StringList([]) } }
