// Owns the way from events to a tree, and what is refused on it: aliases, tags, a second document, deep nesting.
// Duplicate keys are gathered, so that one run names them all; the first of a key is kept.
// Never converts a scalar.

/// Builds the tree of one document.
struct Composer: ~Copyable {
    /// The deepest nesting that is read.
    static let depthLimit = 64

    private var parser: EventParser
    private let source: SourceText
    private var duplicates: [YAMLError] = []

    /// The tree, as far as there is one, and every problem: duplicate keys, and at most one that ended the parse.
    static func compose(_ source: SourceText) -> (root: YAMLNode?, problems: [YAMLError]) {
        if let error = source.unreadable() { return (nil, [error]) }
        do {
            var composer = Composer(parser: try EventParser(source), source: source)
            return composer.run()
        } catch {
            return (nil, [error])
        }
    }

    private init(parser: consuming EventParser, source: SourceText) {
        self.parser = parser
        self.source = source
    }

    private mutating func run() -> (root: YAMLNode?, problems: [YAMLError]) {
        do {
            let root = try document()
            return (root, duplicates)
        } catch {
            return (nil, duplicates + [error])
        }
    }

    private mutating func document() throws(YAMLError) -> YAMLNode {
        var root: YAMLNode?
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd:
                let nothing = YAMLNode.Content.scalar(YAMLScalar(text: "", isPlain: true))
                return root ?? YAMLNode(content: nothing, mark: source.mark(atByte: 0))
            case .documentStart where root != nil:
                throw error(event, "a second document begins here; one file holds one document")
            case .documentStart: continue
            default: root = try node(event, depth: 0)
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> YAMLNode {
        if case .alias = event.kind { throw error(event, Self.noAliases) }
        if event.hasAnchor { throw error(event, Self.noAliases) }
        if event.hasTag {
            throw error(event, "tags (`!name`) are not supported; a text that begins with `!` needs quotes")
        }
        guard depth <= Self.depthLimit else {
            throw error(event, "nested more than \(Self.depthLimit) levels deep")
        }
        let mark = source.mark(atCharacter: event.start)
        switch event.kind {
        case .sequenceStart: return YAMLNode(content: .sequence(try items(depth: depth)), mark: mark)
        case .mappingStart: return YAMLNode(content: .mapping(try pairs(depth: depth)), mark: mark)
        case .scalar(let scalar): return YAMLNode(content: .scalar(scalar), mark: mark)
        default: throw error(event, "a value was expected here")
        }
    }

    private mutating func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func pairs(depth: Int) throws(YAMLError) -> [YAMLPair] {
        var pairs: [YAMLPair] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return pairs }
            let key = try node(event, depth: depth + 1)
            guard case .scalar(let name) = key.content else {
                throw error(event, "a key must be a word or text, not \(key.summary)")
            }
            let value = try node(try parser.next(), depth: depth + 1)
            if let first = lines[name.text] {
                guard duplicates.count < YAMLDecoder.problemLimit else { continue }
                duplicates.append(
                    error(event, "duplicate key \(name.text.quotedForMessage); it stands on line \(first) already"))
            } else {
                lines[name.text] = key.mark.line
                pairs.append(YAMLPair(key: name.text, keyMark: key.mark, value: value))
            }
        }
    }

    private func error(_ event: Event, _ message: String) -> YAMLError {
        source.error(at: source.mark(atCharacter: event.start), message)
    }

    private static let noAliases =
        "anchors and aliases (`&name`, `*name`) are not supported; write the value out, or quote a text that begins so"
}
