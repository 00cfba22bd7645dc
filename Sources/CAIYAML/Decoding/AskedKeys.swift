// Owns the knowledge of which keys a type understands: those its CodingKeys accept, or those it asked for.
// Decides what is an unknown key, and words the hint.
// Never touches the tree.

/// What the types decoded from one mapping have asked of it. Several types may read the same mapping.
struct AskedKeys {
    /// How many decodings of this mapping are under way.
    var depth = 0
    /// Whether the last one ran to its end, so that all it knows was asked for.
    var finished = false
    private var accepts: [(String) -> Bool] = []
    private var asked: Set<String> = []
    private var takesAll = false
    private var declared: Set<String> = []
    private var isKeyed = false
    private var isOpen = false

    mutating func open<Key: CodingKey>(_ type: Key.Type) {
        isKeyed = true
        declared.formUnion(Self.declaredKeys(of: type))
        // A key type that takes any text says nothing; then only the keys asked for count.
        if Key(stringValue: "\u{0}") == nil { accepts.append { Key(stringValue: $0) != nil } } else { isOpen = true }
    }

    mutating func ask(_ key: String?) {
        if let key { asked.insert(key) } else { takesAll = true }
    }

    func knows(_ key: String) -> Bool {
        if !isKeyed || takesAll || asked.contains(key) || accepts.contains(where: { $0(key) }) { return true }
        // A type with open keys that failed half-way may have known more.
        return isOpen && !finished
    }

    func hint(for key: String) -> String {
        let names = asked.union(declared)
        if let near = Suggestion.nearest(to: key, in: names.sorted()) { return "did you mean \"\(near)\"?" }
        guard finished || !declared.isEmpty, !names.isEmpty else { return "nothing reads it" }
        return "known keys: \(names.sorted().joined(separator: ", "))"
    }

    private static func declaredKeys(of type: any CodingKey.Type) -> [String] {
        func names<Keys: CaseIterable>(_ type: Keys.Type) -> [String] {
            Keys.allCases.compactMap { ($0 as? any CodingKey)?.stringValue }
        }
        guard let type = type as? any CaseIterable.Type else { return [] }
        return names(type)
    }
}
