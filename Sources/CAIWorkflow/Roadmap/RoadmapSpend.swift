// Owns: what one task has cost, tied to the item of the roadmap that it names.
// Never knows a pod, a step or a day; the ledger does.

/// Money that went into an item of the roadmap.
public struct RoadmapSpend: Sendable, Equatable {
    /// "heading / item", as the task wrote it.
    public let reference: String
    /// USD; 0 for work that was done and cost nothing.
    public let usd: Double

    public init(reference: String, usd: Double) {
        self.reference = reference
        self.usd = usd
    }

    /// What a task cost, in equal shares among the items it names; nothing if it names none.
    public static func shares(of usd: Double, among references: [String]) -> [RoadmapSpend] {
        references.map { RoadmapSpend(reference: $0, usd: usd / Double(references.count)) }
    }
}
