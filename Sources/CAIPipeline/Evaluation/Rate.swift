// Owns one line of a summary's rates: a model under a prompt form and a score, over all items or some of them.
// Never mixes models or forms.

/// How many items a model had right, with Wilson's interval.
public struct Rate: Sendable, Equatable, Codable {
    /// The model.
    public let name: String
    public let promptForm: PromptForm
    public let score: Score
    /// Items.
    public let n: Int
    public let correct: Int
    /// correct / n, 0…1; 0 without items.
    public let rate: Double
    public let ciLow: Double
    public let ciHigh: Double
    /// Set where only items of one type are counted.
    public let type: String?
    /// Set where only items of seen or of unseen templates are counted.
    public let seenTemplate: Bool?

    private enum CodingKeys: String, CodingKey {
        case name, score, n, correct, rate, type
        case promptForm = "prompt_form"
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case seenTemplate = "seen_template"
    }

    init(
        _ series: Series, score: Score, items: [EvaluatedItem], confidence: Double, type: String? = nil,
        seenTemplate: Bool? = nil
    ) {
        let right = items.count { $0.isRight(score) }
        let interval = Statistics.wilson(successes: right, n: items.count, confidence: confidence)
        name = series.model
        promptForm = series.form
        self.score = score
        n = items.count
        correct = right
        rate = items.isEmpty ? 0 : Double(right) / Double(items.count)
        ciLow = interval.low
        ciHigh = interval.high
        self.type = type
        self.seenTemplate = seenTemplate
    }
}

/// One model measured in one prompt form.
struct Series: Hashable {
    let model: String
    let form: PromptForm
}
