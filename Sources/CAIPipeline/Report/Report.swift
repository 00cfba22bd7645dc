// Owns `report.md`: what was measured, how, what failed, and what may be claimed.
// Never holds a figure that is not in the summary, the items or the facts it was given.

/// The report of one evaluation.
public struct Report: Sendable {
    let summary: Summary
    let items: [EvaluatedItem]
    let heldOut: [String: Item]
    let plan: ComparisonPlan
    let facts: RunFacts
    /// Failures shown word for word, for each trained model.
    let failuresShown: Int

    /// - Parameters:
    ///   - items: the judgements from which the summary was made.
    ///   - heldOut: the items themselves, for the right answers beside the failures.
    public init(
        _ summary: Summary, items: [EvaluatedItem], heldOut: [Item], plan: ComparisonPlan = ComparisonPlan(),
        facts: RunFacts, failuresShown: Int = 20
    ) {
        self.summary = summary
        self.items = items
        self.heldOut = Dictionary(heldOut.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.plan = plan
        self.facts = facts
        self.failuresShown = failuresShown
    }

    /// The whole report as Markdown.
    public var markdown: String {
        let sections = [
            ("Result", result), ("Methods", methods), ("Rates", rates(summary.models)),
            ("Comparisons", comparisons), ("By type", byType), ("Seen and unseen templates", byTemplate),
            ("Failures", failures), ("Run", run), ("Data", data), ("Limits of the claim", limits),
            ("Reproduce", Markdown.fenced(facts.reproduce)),
        ]
        let body = sections.filter { !$0.1.isEmpty }.map { "## \($0.0)\n\n\($0.1)" }
        return "# Evaluation of \(Markdown.cell(facts.pipeline)), run \(Markdown.cell(facts.run))\n\n"
            + body.joined(separator: "\n")
    }

    private var result: String {
        let lines = HeadLine.all(summary, plan: plan).map(\.text).joined(separator: "\n")
        return "Content score; the baseline is the best zero-shot form of \(plan.baseline), p is against it.\n\n"
            + Markdown.fenced(lines) + "\n" + Claim.text(summary, plan: plan) + "\n"
    }

    private var methods: String {
        let types = Set(items.map(\.type)).sorted().joined(separator: ", ")
        let detectable = Statistics.detectableDifference(n: itemCount).map { difference in
            """
            - With 15% discordant items the smallest difference that would reach p < 0.05 here is \
            \(Format.points(difference)).

            """
        }
        return """
            - \(itemCount) held-out items (\(types)), written and hashed before anything was generated (sha256 \
            `\(facts.heldOutSHA256.prefix(16))…`), split from the training data by fact and by template.
            - Greedy answers in the prompt forms raw (the instruction alone), wrapped (`Instruction: … Response:`) and \
            few-shot (wrapped after \(facts.shots) examples). No chat template, no special tokens.
            - *content*: the answer, up to the first line end or END, is right by a deterministic checker. *strict*: \
            right and ended by END. A base that never saw END scores 0 on strict by construction; the p-values to rely \
            on are those of content.
            - Intervals are 95%: Wilson's for a rate, Newcombe's paired score interval for a lift. p is McNemar's exact \
            two-sided test on the same items, mid-p beside it; h is Cohen's, positive where the later model is better.

            """ + (detectable ?? "")
    }

    /// Items that every model was measured on.
    var itemCount: Int { Set(items.map(\.id)).count }

    private func rates(_ rates: [Rate]) -> String {
        Markdown.table(
            ["model", "form", "score", "n", "right", "rate", "95% interval"],
            rates.map {
                [
                    $0.name, $0.promptForm.rawValue, $0.score.rawValue, "\($0.n)", "\($0.correct)",
                    Format.fixed($0.rate, 3), Format.interval($0),
                ]
            })
    }

    private var comparisons: String {
        guard !summary.comparisons.isEmpty else { return "" }
        return Markdown.table(
            ["a", "b", "score", "lift (points)", "95% interval", "n01", "n10", "p exact", "mid-p", "h"],
            summary.comparisons.map {
                [
                    "\($0.a) (\($0.aPromptForm.rawValue))", "\($0.b) (\($0.promptForm.rawValue))", $0.score.rawValue,
                    Format.signedPoints($0.lift), liftInterval($0), "\($0.n01)", "\($0.n10)",
                    Format.pValue($0.pExact), Format.pValue($0.pMid), Format.fixed($0.h, 2),
                ]
            }) + "\nn01: a wrong, b right; n10: a right, b wrong.\n"
    }

    func liftInterval(_ comparison: Comparison) -> String {
        "[\(Format.signedPoints(comparison.ciLow)), \(Format.signedPoints(comparison.ciHigh))]"
    }
}
