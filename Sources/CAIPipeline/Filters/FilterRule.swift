// Owns what a filter rule is, and what it may look at besides the candidate.
// Never keeps state: what was kept before is handed in.

/// A named reason to drop a candidate.
public struct FilterRule: Sendable {
    /// The name under which drops are counted.
    public let name: String
    /// Whether the candidate is to be dropped.
    public let drops: @Sendable (Candidate, FilterContext) -> Bool

    public init(_ name: String, drops: @escaping @Sendable (Candidate, FilterContext) -> Bool) {
        self.name = name
        self.drops = drops
    }

    /// A rule that looks at the response alone.
    init(_ name: String, response drops: @escaping @Sendable (String) -> Bool) {
        self.init(name) { candidate, _ in drops(candidate.response) }
    }
}

/// What candidates are compared with.
public struct FilterContext: Sendable, Equatable {
    /// Normal forms of the instructions kept so far.
    public internal(set) var kept: Set<String> = []
    /// Normal forms of the held-out instructions.
    public let heldOutInstructions: Set<String>
    /// The facts that held-out items ask about.
    public let heldOutRows: Set<String>

    public init(heldOut: [Item]) {
        heldOutInstructions = Set(heldOut.map { NormalForm.of($0.instruction) })
        heldOutRows = Set(heldOut.map(\.row))
    }
}
