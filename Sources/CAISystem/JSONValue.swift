// Owns a JSON value whose shape is not known beforehand, and the one way JSON is written here: sorted keys, no escaped
// slashes, so that equal values are equal bytes.
// Never interprets what it carries.

import FoundationEssentials

/// Any JSON value. Whole numbers and others are told apart, so that `1` does not come back as `1.0`.
public enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// The member of an object, or nil.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}

/// The one spelling of JSON that is written to files and hashed.
public enum CanonicalJSON {
    /// - Parameter pretty: indented for people, with a final newline.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value)) + (pretty ? [0x0A] : [])
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// One value a line.
    public static func encodeLines(_ values: some Sequence<some Encodable>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values { bytes += try encode(value) + [0x0A] }
        return bytes
    }

    /// - Throws: the decoder's error of the first line that is not such a value.
    public static func decodeLines<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> [Value] {
        try bytes.split(separator: 0x0A).map { try decode(type, from: $0) }
    }
}
