// Owns who is compared with whom.
// Never looks at a figure, but for which of the baseline's forms is its best.

/// The roles of the models in an evaluation.
public struct ComparisonPlan: Sendable, Equatable {
    /// The untrained model.
    public let baseline: String
    /// The model trained on shuffled answers, which must fail.
    public let control: String?
    /// The trained models, in the order in which each continues the one before.
    public let trained: [String]
    /// The form in which control and trained models are asked: the one they were trained in.
    public let trainedForm: PromptForm

    public init(
        baseline: String = "base", control: String? = "control", trained: [String] = ["sft"],
        trainedForm: PromptForm = .wrapped
    ) {
        self.baseline = baseline
        self.control = control
        self.trained = trained
        self.trainedForm = trainedForm
    }

    /// Baseline in its best zero-shot form against control and each trained model; baseline in the same form, and the
    /// control, against each trained model; each trained model against the next. Those that were not measured are left
    /// out, and nothing stands twice.
    func pairs(measured: Set<Series>, bestZeroShot: PromptForm) -> [(a: Series, b: Series)] {
        let best = Series(model: baseline, form: bestZeroShot)
        let same = Series(model: baseline, form: trainedForm)
        let control = control.map { Series(model: $0, form: trainedForm) }
        let trained = trained.map { Series(model: $0, form: trainedForm) }
        var pairs: [(a: Series, b: Series)] = []
        if let control { pairs.append((best, control)) }
        for model in trained {
            pairs.append((best, model))
            if same != best { pairs.append((same, model)) }
            if let control { pairs.append((control, model)) }
        }
        pairs += zip(trained, trained.dropFirst()).map { ($0, $1) }
        return pairs.filter { measured.contains($0.a) && measured.contains($0.b) }
    }

    /// The order of models in tables.
    var order: [String] { [baseline] + (control.map { [$0] } ?? []) + trained }
}
