// Owns `summary.json`: every figure of an evaluation, computed from its items.
// Never takes a figure from anywhere else, and never compares models that were measured on different items.

/// Rates and comparisons of an evaluation.
public struct Summary: Sendable, Equatable, Codable {
    /// Each model and form, under both scores.
    public let models: [Rate]
    /// The planned comparisons, under both scores.
    public let comparisons: [Comparison]
    /// `models` again, type by type.
    public let byType: [Rate]
    /// `models` again, for the templates that were trained on (with other rows) and those that were not.
    public let byTemplate: [Rate]
    /// `comparisons` by the content score, type by type, with p-values adjusted over all of them.
    public let comparisonsByType: [Comparison]

    private enum CodingKeys: String, CodingKey {
        case models, comparisons
        case byType = "by_type"
        case byTemplate = "by_template"
        case comparisonsByType = "comparisons_by_type"
    }

    /// - Parameters:
    ///   - items: every judgement of every model and form, in any order.
    ///   - confidence: of all intervals.
    /// - Throws: `PipelineError.itemsDiffer` where a model has an item twice or lacks one that another has.
    public init(items: [EvaluatedItem], plan: ComparisonPlan = ComparisonPlan(), confidence: Double = 0.95) throws {
        let measured = try Self.series(items)
        let order = measured.keys.sorted { Self.place($0, plan) < Self.place($1, plan) }
        let types = Set(items.map(\.type)).sorted()

        func rates(type: String? = nil, seen: Bool? = nil) -> [Rate] {
            order.flatMap { series in
                let chosen = (measured[series] ?? []).filter {
                    (type == nil || $0.type == type) && (seen == nil || $0.seenTemplate == seen)
                }
                return Score.allCases.map {
                    Rate(series, score: $0, items: chosen, confidence: confidence, type: type, seenTemplate: seen)
                }
            }
        }
        models = rates()
        byType = types.flatMap { rates(type: $0) }
        byTemplate = [true, false].flatMap { rates(seen: $0) }.filter { $0.n > 0 }

        guard let best = Self.best(of: models, model: plan.baseline) else {
            comparisons = []
            comparisonsByType = []
            return
        }
        let pairs = plan.pairs(measured: Set(measured.keys), bestZeroShot: best.promptForm)

        func compared(_ score: Score, type: String? = nil) -> [Comparison] {
            pairs.map { a, b in
                let (ofA, ofB) = (measured[a] ?? [], measured[b] ?? [])
                return Comparison(
                    a, b, score: score, aItems: ofA.filter { type == nil || $0.type == type }, bItems: ofB,
                    confidence: confidence, type: type)
            }
        }
        comparisons = Score.allCases.flatMap { compared($0) }
        comparisonsByType = Self.adjusted(types.flatMap { compared(.content, type: $0) })
    }

    /// The zero-shot form in which a model has the best content rate; of equals, the wrapped one. Nil where the model
    /// was not measured in a zero-shot form.
    public func bestZeroShot(of model: String) -> Rate? { Self.best(of: models, model: model) }

    /// A model's rate over all items.
    public func rate(of model: String, _ form: PromptForm, _ score: Score = .content) -> Rate? {
        models.first { $0.name == model && $0.promptForm == form && $0.score == score }
    }

    /// The comparison of two models over all items.
    public func comparison(
        _ a: String, _ aForm: PromptForm, _ b: String, _ score: Score = .content
    ) -> Comparison? {
        comparisons.first { $0.a == a && $0.aPromptForm == aForm && $0.b == b && $0.score == score }
    }

    private static func best(of models: [Rate], model: String) -> Rate? {
        let zeroShot = models.filter {
            $0.name == model && $0.score == .content && PromptForm.zeroShot.contains($0.promptForm)
        }
        return zeroShot.max { left, right in
            left.correct == right.correct ? left.promptForm == .raw : left.correct < right.correct
        }
    }

    private static func adjusted(_ comparisons: [Comparison]) -> [Comparison] {
        zip(comparisons, Statistics.benjaminiHochberg(comparisons.map(\.pExact))).map { comparison, p in
            var comparison = comparison
            comparison.pAdjusted = p
            return comparison
        }
    }

    /// By role, then name, then form.
    private static func place(_ series: Series, _ plan: ComparisonPlan) -> (Int, String, Int) {
        (
            plan.order.firstIndex(of: series.model) ?? plan.order.count, series.model,
            PromptForm.allCases.firstIndex(of: series.form) ?? 0
        )
    }

    private static func series(_ items: [EvaluatedItem]) throws -> [Series: [EvaluatedItem]] {
        let measured = Dictionary(grouping: items) { Series(model: $0.model, form: $0.promptForm) }
        let all = Set(items.map(\.id))
        for (series, items) in measured {
            let ids = Set(items.map(\.id))
            if ids.count < items.count {
                throw PipelineError(
                    .itemsDiffer, "\(series.model) (\(series.form.rawValue)) has an item twice; evaluate it again")
            }
            if let missing = all.subtracting(ids).min() {
                throw PipelineError(
                    .itemsDiffer,
                    "\(series.model) (\(series.form.rawValue)) was not measured on item \(missing), which others have; "
                        + "models are compared on the same items only: evaluate all of them again")
            }
        }
        return measured
    }
}
