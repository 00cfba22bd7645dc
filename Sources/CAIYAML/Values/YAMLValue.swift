// Owns a plain value of any shape, for parameters whose types only their reader knows.
// Goes through any encoder and decoder, JSON's too, unchanged.
// Never remembers where it stood or how it was written.

/// Any YAML or JSON value.
public enum YAMLValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([YAMLValue])
    case object([String: YAMLValue])

    /// The value of a node. A whole number too large for `Int` becomes a `double`.
    public init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let items): self = .array(items.map(YAMLValue.init))
        case .mapping(let pairs):
            self = .object(pairs.reduce(into: [:]) { $0[$1.key] = YAMLValue($1.value) })
        case .scalar(let scalar):
            if scalar.isNull {
                self = .null
            } else if let value = scalar.bool {
                self = .bool(value)
            } else if let value = scalar.integer(as: Int.self) {
                self = .int(value)
            } else if let value = scalar.double {
                self = .double(value)
            } else {
                self = .string(scalar.text)
            }
        }
    }

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
        } else if let value = try? container.decode([YAMLValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: YAMLValue].self))
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
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }
}
