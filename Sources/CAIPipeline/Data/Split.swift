// Owns which rows may be trained on and which are kept for evaluation.
// Never lets one row stand in two parts.

/// What a row is used for.
public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    /// Instructions of supervised fine-tuning.
    case sft
    /// Preference pairs, and the examples of few-shot prompts.
    case pairs
    /// Held-out items.
    case evaluation
}

/// The rows of a world, divided by seed: of each table 15% for SFT, 35% for pairs, the rest (50%) for evaluation.
public struct Split: Sendable, Equatable {
    private let rows: [String: [Part: [World.Row]]]

    /// Shuffles and divides each table on its own, so that adding a table changes no other's division.
    public init(_ world: World, seed: Int) {
        rows = world.tables.reduce(into: [:]) { divided, table in
            var generator = SeededGenerator(seed: seed, "split", table.key)
            let shuffled = generator.shuffled(table.value)
            let sft = (shuffled.count * 15 + 50) / 100
            let pairs = (shuffled.count * 35 + 50) / 100
            divided[table.key] = [
                .sft: Array(shuffled[..<sft]),
                .pairs: Array(shuffled[sft..<(sft + pairs)]),
                .evaluation: Array(shuffled[(sft + pairs)...]),
            ]
        }
    }

    /// A part's rows of a table, in the shuffled order; none of an unknown table.
    public func rows(_ part: Part, of table: String) -> [World.Row] { rows[table]?[part] ?? [] }
}
