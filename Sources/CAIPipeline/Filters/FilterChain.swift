// Owns running the rules over candidates in order.
// Never reorders candidates and never repairs one.

/// Rules in the order in which they are asked; the first that drops a candidate is the one that is counted.
public struct FilterChain: Sendable {
    public let rules: [FilterRule]

    public init(_ rules: [FilterRule]) { self.rules = rules }

    /// The rules of self-labelled training data.
    /// - Parameter votesNeeded: answers that must agree; 1 where each instruction was answered once.
    public static func standard(votesNeeded: Int = 3) -> FilterChain {
        FilterChain([
            .heldOutLeak, .duplicate, .empty, .delimiter, .runaway, .truncated, .placeholder, .length(), .refusal(),
            .noMajority(needed: votesNeeded),
        ])
    }

    /// Keeps the candidates that no rule drops.
    /// - Parameter heldOut: the items that nothing kept may touch.
    public func run(_ candidates: [Candidate], heldOut: [Item]) -> (kept: [Candidate], report: FilterReport) {
        var context = FilterContext(heldOut: heldOut)
        var kept: [Candidate] = []
        var report = FilterReport()
        for candidate in candidates {
            let rule = rules.first { $0.drops(candidate, context) }
            report.count(type: candidate.item.type, droppedBy: rule?.name)
            if rule == nil {
                kept.append(candidate)
                context.kept.insert(NormalForm.of(candidate.item.instruction))
            }
        }
        return (kept, report)
    }
}
