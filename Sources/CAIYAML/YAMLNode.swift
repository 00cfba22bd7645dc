// Owns the parsed tree: scalars, sequences and mappings, each with the place it was read at.
// Mappings keep the order of the file and have no key twice.
// Never holds anchors, aliases or tags: those are refused while parsing.

/// A value in a YAML text and where it stands.
public struct YAMLNode: Sendable, Hashable {
    public indirect enum Content: Sendable, Hashable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }

    public let content: Content
    /// Where the value begins.
    public let mark: YAMLMark

    /// The value of a key; nil where the key or the mapping is missing.
    public subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// An item of a sequence; nil where there is none.
    public subscript(index: Int) -> YAMLNode? {
        guard case .sequence(let items) = content, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// Whether this is an empty or `null` plain scalar.
    public var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.isNull } else { false }
    }

    /// The pairs of a mapping in the file's order; empty for anything else.
    public var pairs: [YAMLPair] {
        if case .mapping(let pairs) = content { pairs } else { [] }
    }

    /// What stands here, in words for a message: `the text "abc"`, `a list`.
    public var summary: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar): scalar.summary
        }
    }
}

/// One `key: value` of a mapping.
public struct YAMLPair: Sendable, Hashable {
    public let key: String
    /// Where the key begins.
    public let keyMark: YAMLMark
    public let value: YAMLNode
}
