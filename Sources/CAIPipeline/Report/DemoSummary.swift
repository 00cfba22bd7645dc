// Owns the short text that ends a demonstration: five answer pairs, one a failure, and the result lines.
// Never picks the examples that look best: the choice is fixed by the items' order.

/// Five base/SFT answer pairs and the last lines.
public struct DemoSummary: Sendable {
    /// Five answer pairs as text; one of them a failure of the trained model, if there is any.
    public let examples: String
    /// `base n=… rate=… [lo, hi]`, `control n=… … p=…`, `sft n=… … p=…`.
    public let lastLines: [String]

    /// One item as both models answered it.
    private struct Pair {
        let item: Item
        let base: EvaluatedItem
        let trained: EvaluatedItem
    }

    /// - Parameters:
    ///   - items: the judgements from which the summary was made.
    ///   - heldOut: the items in their order, which fixes the choice.
    public init(
        _ summary: Summary, items: [EvaluatedItem], heldOut: [Item], plan: ComparisonPlan = ComparisonPlan()
    ) {
        lastLines = HeadLine.all(summary, plan: plan).map(\.text)
        guard let form = summary.bestZeroShot(of: plan.baseline)?.promptForm, let model = plan.trained.last else {
            examples = ""
            return
        }
        let base = Self.byID(items, plan.baseline, form)
        let trained = Self.byID(items, model, plan.trainedForm)
        let pairs = heldOut.compactMap { item -> Pair? in
            guard let base = base[item.id], let trained = trained[item.id] else { return nil }
            return Pair(item: item, base: base, trained: trained)
        }
        examples = Self.text(pairs, model: model, plan: plan, claim: Claim.text(summary, plan: plan))
    }

    private static func byID(_ items: [EvaluatedItem], _ model: String, _ form: PromptForm) -> [String: EvaluatedItem] {
        let series = items.filter { $0.model == model && $0.promptForm == form }
        return Dictionary(series.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func text(_ pairs: [Pair], model: String, plan: ComparisonPlan, claim: String) -> String {
        let failure = pairs.first { !$0.trained.content }
        let last = failure ?? pairs.first { !$0.base.content } ?? pairs.last
        let shown = firstOfEachType(pairs.filter { $0.item.id != last?.item.id }, count: 4) + (last.map { [$0] } ?? [])
        let about =
            failure != nil
            ? "The last of these is a failure of \(model)."
            : "\(model) has no failure on these items; the last of these is a failure of \(plan.baseline)."
        let width = max(plan.baseline.count, model.count, "right".count)
        let lines = shown.enumerated().flatMap { number, pair in
            [
                "\(number + 1). [\(pair.item.type)] \(pair.item.instruction)",
                line(plan.baseline, pair.base, width), line(model, pair.trained, width),
                "   \(padded("right", width))   \(pair.item.answer)",
            ]
        }
        return (lines + [about, claim]).joined(separator: "\n")
    }

    /// Up to `count` pairs, the trained model's right answers first, of as many types as possible, in the items' order.
    private static func firstOfEachType(_ pairs: [Pair], count: Int) -> [Pair] {
        let ordered = pairs.filter(\.trained.content) + pairs.filter { !$0.trained.content }
        var types: Set<String> = []
        let firsts = ordered.filter { types.insert($0.item.type).inserted }
        let ids = Set(firsts.map(\.item.id))
        return Array((firsts + ordered.filter { !ids.contains($0.item.id) }).prefix(count))
    }

    private static func line(_ name: String, _ item: EvaluatedItem, _ width: Int) -> String {
        let answer = Answer.extracted(from: item.output)
        let short = answer.count > 70 ? answer.prefix(70) + "…" : answer[...]
        return "   \(padded(name, width)) \(item.content ? "✓" : "✗") \(short.isEmpty ? "(nothing)" : short)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
