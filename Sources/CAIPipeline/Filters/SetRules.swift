// Owns the rules that compare a candidate with others: duplicates, held-out items, the model's own other answers.
// Never looks at the future: what comes first is kept.

extension FilterRule {
    /// An instruction that was kept before.
    public static let duplicate = FilterRule("duplicate") { candidate, context in
        context.kept.contains(NormalForm.of(candidate.item.instruction))
    }

    /// A held-out item's instruction, or a question about the same fact in other words.
    public static let heldOutLeak = FilterRule("held_out_leak") { candidate, context in
        context.heldOutRows.contains(candidate.item.row)
            || context.heldOutInstructions.contains(NormalForm.of(candidate.item.instruction))
    }

    /// Fewer than `needed` of the answers agree (after normalisation).
    public static func noMajority(needed: Int = 3) -> FilterRule {
        FilterRule("no_majority") { candidate, _ in MajorityVote(candidate.samples).votes < needed }
    }
}
