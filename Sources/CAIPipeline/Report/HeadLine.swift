// Owns the one-line results: `sft n=… rate=… [lo, hi] p=…`.
// Never shows another score than content, nor another baseline form than the best zero-shot one.

/// One model's result in one line.
public struct HeadLine: Sendable, Equatable {
    public let model: String
    public let text: String

    /// A line for the baseline's best zero-shot form, the control and each trained model that was measured; p is
    /// McNemar's exact p-value against the baseline's best zero-shot form.
    public static func all(_ summary: Summary, plan: ComparisonPlan = ComparisonPlan()) -> [HeadLine] {
        guard let best = summary.bestZeroShot(of: plan.baseline) else { return [] }
        let others = (plan.control.map { [$0] } ?? []) + plan.trained
        return [HeadLine(best, lift: nil, p: nil)]
            + others.compactMap { model in
                guard let rate = summary.rate(of: model, plan.trainedForm) else { return nil }
                let comparison = summary.comparison(plan.baseline, best.promptForm, model)
                // A control that is significantly worse has failed as it must: the sign keeps p from being misread.
                let lift = model == plan.control ? comparison.map(\.lift) : nil
                return HeadLine(rate, lift: lift, p: comparison?.pExact)
            }
    }

    private init(_ rate: Rate, lift: Double?, p: Double?) {
        model = rate.name
        text =
            "\(rate.name) n=\(rate.n) rate=\(Format.fixed(rate.rate, 3)) \(Format.interval(rate))"
            + (lift.map { " lift=\(Format.signedPoints($0))" } ?? "") + (p.map { " p=\(Format.pValue($0))" } ?? "")
    }
}

/// What the figures allow to be said.
enum Claim {
    /// One sentence or two, with the few-shot ceiling where it was measured.
    static func text(_ summary: Summary, plan: ComparisonPlan) -> String {
        let taught = "What SFT taught here is answering without examples, no more"
        guard let ceiling = summary.rate(of: plan.baseline, .fewShot) else { return taught + "." }
        return taught + ": shown examples, the same \(plan.baseline) already has \(Format.percent(ceiling.rate)) right."
    }
}
