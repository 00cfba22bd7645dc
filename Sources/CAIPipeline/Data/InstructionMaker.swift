// Owns making instructions from a world: those to train on, those to hold out, those to show as examples.
// Never draws a held-out item from a row that is trained on or shown, and never shows an evaluated phrasing that is not
// trained on.

/// The instructions of one world under one seed. Every answer depends on (world, seed, arguments) alone.
public struct InstructionMaker: Sendable {
    public let world: World
    public let seed: Int
    public let split: Split

    public init(world: World, seed: Int) {
        self.world = world
        self.seed = seed
        split = Split(world, seed: seed)
    }

    /// Every instruction that may be trained on: `train` and `both` families with the rows of one part, in an order
    /// shuffled by seed.
    /// - Parameter part: `.sft` or `.pairs`.
    public func training(_ part: Part = .sft) throws -> [Item] {
        var generator = SeededGenerator(seed: seed, "training", part.rawValue)
        return generator.shuffled(try items(part) { $0.split != .heldOut })
    }

    /// Up to `limit` held-out items: `held_out` and `both` families with the evaluation rows, balanced over types, and
    /// within a type over its families. An instruction that stands twice, or that the training rows also give, is left
    /// out. Fewer than `limit` are returned where the world has no more.
    public func heldOut(limit: Int) throws -> HeldOut {
        var taken = Set(try items(.sft) { _ in true }.map { NormalForm.of($0.instruction) })
        taken.formUnion(try items(.pairs) { _ in true }.map { NormalForm.of($0.instruction) })
        let candidates = try items(.evaluation) { $0.split != .train }
        let types = Set(candidates.map(\.type)).sorted()
        var queues = types.map { type in roundRobin(candidates.filter { $0.type == type })[...] }
        var chosen: [Item] = []
        while chosen.count < limit, queues.contains(where: { !$0.isEmpty }) {
            for index in queues.indices where chosen.count < limit {
                while let item = queues[index].popFirst() {
                    guard taken.insert(NormalForm.of(item.instruction)).inserted else { continue }
                    chosen.append(item)
                    break
                }
            }
        }
        return try HeldOut(chosen)
    }

    /// Examples for a few-shot prompt, with their right answers: phrasings that are trained on, rows of the pairs part.
    /// No two have the same row or the same answer, so that repeating an example is not mistaken for answering.
    /// - Parameters:
    ///   - type: only examples of this type; nil takes any type.
    ///   - count: examples wanted; fewer are returned where there are no more.
    ///   - set: a number or name that tells independent draws apart.
    public func shots(type: String? = nil, count: Int, set: String) throws -> [Shot] {
        let candidates = try items(.pairs) { $0.split != .heldOut && (type == nil || $0.type == type) }
        var generator = SeededGenerator(seed: seed, "shots", type ?? "any", set)
        var chosen: [Item] = []
        for item in generator.shuffled(candidates) where chosen.count < count {
            if chosen.allSatisfy({ $0.row != item.row && $0.answer != item.answer }) { chosen.append(item) }
        }
        return chosen.map { Shot(instruction: $0.instruction, response: $0.answer) }
    }

    private func items(_ part: Part, of families: (World.Family) -> Bool) throws -> [Item] {
        try world.families.filter(families).flatMap { family in
            try split.rows(part, of: family.table).map { try Item(family, row: $0) }
        }
    }

    /// One item of each family in turn, each family's items in an order shuffled by seed.
    private func roundRobin(_ items: [Item]) -> [Item] {
        let families = Dictionary(grouping: items, by: \.family).sorted { $0.key < $1.key }.map { name, items in
            var generator = SeededGenerator(seed: seed, "held_out", name)
            return generator.shuffled(items)
        }
        let longest = families.map(\.count).max() ?? 0
        return (0..<longest).flatMap { turn in families.compactMap { turn < $0.count ? $0[turn] : nil } }
    }
}
