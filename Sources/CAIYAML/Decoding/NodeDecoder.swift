// Owns the Decoder over one node: which container fits it, and the list container.
// Every element goes through DecodingRun.
// Never converts a scalar itself.

/// The standard library's view of one node.
struct NodeDecoder: Decoder {
    let run: DecodingRun
    let node: YAMLNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .mapping = node.content else {
            throw run.mismatch(expected: "a mapping (`key: value`)", node, codingPath)
        }
        run.open(node, as: type)
        return KeyedDecodingContainer(KeyedNodeContainer<Key>(run: run, node: node, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .sequence(let items) = node.content else {
            throw run.mismatch(expected: "a list", node, codingPath)
        }
        return UnkeyedNodeContainer(run: run, node: node, items: items, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleNodeContainer(run: run, node: node, codingPath: codingPath)
    }
}

/// A list, for types that read its items one by one.
struct UnkeyedNodeContainer: UnkeyedDecodingContainer {
    let run: DecodingRun
    let node: YAMLNode
    let items: [YAMLNode]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(run: DecodingRun, node: YAMLNode, items: [YAMLNode], codingPath: [any CodingKey]) {
        (self.run, self.node, self.items, self.codingPath) = (run, node, items, codingPath)
    }

    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    private mutating func next() throws -> NodeDecoder {
        guard !isAtEnd else { throw run.wrong("expected more than \(items.count) items", node, codingPath) }
        defer { currentIndex += 1 }
        return NodeDecoder(run: run, node: items[currentIndex], codingPath: codingPath + [IndexKey(currentIndex)])
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let item = try next()
        return try run.decode(type, from: item.node, at: item.codingPath)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
