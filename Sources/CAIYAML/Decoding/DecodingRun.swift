// Owns what one decoding has found so far: problems, and which keys of which mapping were asked for.
// Every value, at any depth, is decoded through here, so that every error gets a place and a key path.
// Never outlives the call of the decoder.

/// Thrown in place of an error that is recorded already.
struct Recorded: Error {}

/// The state of one decoding.
final class DecodingRun {
    private let document: YAMLDocument
    private let strict: Bool
    private(set) var problems: [YAMLError] = []
    private var keys: [Int: AskedKeys] = [:]

    init(document: YAMLDocument, strict: Bool) {
        self.document = document
        self.strict = strict
    }

    func decodeRoot<T: Decodable>(_ type: T.Type) throws -> T {
        var root = document.root
        // An empty file is a mapping in which nothing is set.
        if root.isNull { root = YAMLNode(content: .mapping([]), mark: root.mark) }
        do {
            return try decode(type, from: root, at: [])
        } catch {
            record(error)
            throw Recorded()
        }
    }

    /// Decodes a value. What it throws has a place: `YAMLError`, or `Recorded`.
    func decode<T: Decodable>(_ type: T.Type, from node: YAMLNode, at path: [any CodingKey]) throws -> T {
        if type == YAMLValue.self, let value = YAMLValue(node) as? T { return value }
        keys[node.mark.offset, default: AskedKeys()].depth += 1
        do {
            let decoder = NodeDecoder(run: self, node: node, codingPath: path)
            let value = try gathered(type, from: node, at: path) ?? T(from: decoder)
            leave(node, path: path, finished: true)
            return value
        } catch {
            leave(node, path: path, finished: false)
            throw located(error, type: type, node: node, path: path)
        }
    }

    /// Decodes the value of a key. A failure is recorded; where the type has a blank, decoding goes on with that.
    func decode<T: Decodable>(
        _ type: T.Type, key: any CodingKey, of mapping: YAMLNode, at path: [any CodingKey]
    ) throws -> T {
        if let value = mapping[key.stringValue] {
            do {
                return try decode(type, from: value, at: path + [key])
            } catch {
                record(error)
            }
        } else {
            let known = path.isEmpty ? "" : " in \(path.dotted)"
            record(document.error(at: mapping.mark, "the key \"\(key.stringValue)\" is missing\(known)"))
        }
        guard let blank = blankValue(of: type) else { throw Recorded() }
        return blank
    }

    /// Notes an error that `decode` threw, once for each place; what is recorded already is let pass.
    func record(_ error: any Error) {
        guard let error = error as? YAMLError, problems.count < YAMLDecoder.problemLimit else { return }
        if !problems.contains(where: { $0.line == error.line && $0.column == error.column }) { problems.append(error) }
    }

    /// An error saying what was expected and what stands there.
    func mismatch(expected: String, _ node: YAMLNode, _ path: [any CodingKey]) -> YAMLError {
        wrong("expected \(expected), found \(node.summary)", node, path)
    }

    /// An error at a value, led by its key path.
    func wrong(_ message: String, _ node: YAMLNode, _ path: [any CodingKey]) -> YAMLError {
        document.error(at: node.mark, path.isEmpty ? message : "\(path.dotted): \(message)")
    }

    /// Notes that a keyed container was made over a mapping.
    func open<Key: CodingKey>(_ node: YAMLNode, as type: Key.Type) {
        keys[node.mark.offset]?.open(type)
    }

    /// Notes that a key of a mapping was asked for; nil: that all were.
    func ask(_ node: YAMLNode, for key: String?) {
        keys[node.mark.offset]?.ask(key)
    }

    /// Lists and dictionaries are taken apart here, so that each bad element is recorded and not only the first.
    private func gathered<T>(_ type: T.Type, from node: YAMLNode, at path: [any CodingKey]) throws -> T? {
        guard let collection = type as? any GatheringCollection.Type else { return nil }
        return try collection.gather(from: node, in: self, at: path) as? T
    }

    private func leave(_ node: YAMLNode, path: [any CodingKey], finished: Bool) {
        let id = node.mark.offset
        keys[id]?.depth -= 1
        keys[id]?.finished = finished
        guard strict, let asked = keys[id], asked.depth == 0 else { return }
        keys[id] = nil
        for pair in node.pairs where problems.count < YAMLDecoder.problemLimit && !asked.knows(pair.key) {
            let place = path.isEmpty ? "" : " in \(path.dotted)"
            let message = "unknown key \(pair.key.quotedForMessage)\(place); \(asked.hint(for: pair.key))"
            record(document.error(at: pair.keyMark, message))
        }
    }

    private func located(_ error: any Error, type: Any.Type, node: YAMLNode, path: [any CodingKey]) -> any Error {
        if error is YAMLError || error is Recorded { return error }
        guard let decodingError = error as? DecodingError else { return wrong("\(error)", node, path) }
        switch decodingError {
        case .dataCorrupted(let context) where context.codingPath.count <= path.count:
            guard let names = caseNames(of: type) else { return wrong(context.debugDescription, node, path) }
            let suggestion = node.plainText.flatMap { Suggestion.nearest(to: $0, in: names) }
            let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
            return wrong("expected one of \(names.joined(separator: ", ")), found \(node.summary)\(hint)", node, path)
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            var place = node
            for key in context.codingPath.dropFirst(path.count) {
                guard let next = key.intValue.flatMap({ place[$0] }) ?? place[key.stringValue] else { break }
                place = next
            }
            return wrong(context.debugDescription, place, context.codingPath)
        @unknown default:
            return wrong("\(decodingError)", node, path)
        }
    }
}

extension [any CodingKey] {
    /// `queues.gpu.command[0]`.
    var dotted: String {
        reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }
}

extension YAMLNode {
    fileprivate var plainText: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }
}
