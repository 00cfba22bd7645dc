// Owns the keyed container over a mapping: every key asked for is noted, every failure is recorded.
// A missing or null key is nil to `decodeIfPresent`.
// Never lets one bad value hide the next.

/// A mapping, for types that read it by keys.
struct KeyedNodeContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let run: DecodingRun
    let node: YAMLNode
    let codingPath: [any CodingKey]

    var allKeys: [Key] {
        run.ask(node, for: nil)
        return node.pairs.compactMap { Key(stringValue: $0.key) }
    }

    func contains(_ key: Key) -> Bool { value(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { value(key)?.isNull ?? true }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        run.ask(node, for: key.stringValue)
        return try run.decode(type, key: key, of: node, at: codingPath)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let value = value(key), !value.isNull else { return nil }
        do {
            return try decode(type, forKey: key)
        } catch is Recorded {
            return nil
        }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key.stringValue).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { decoder("super") }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder(key.stringValue) }

    private func value(_ key: Key) -> YAMLNode? {
        run.ask(node, for: key.stringValue)
        return node[key.stringValue]
    }

    private func decoder(_ key: String) -> NodeDecoder {
        run.ask(node, for: key)
        let missing = YAMLNode(content: .scalar(YAMLScalar(text: "", isPlain: true)), mark: node.mark)
        return NodeDecoder(run: run, node: node[key] ?? missing, codingPath: codingPath + [NameKey(key)])
    }
}
