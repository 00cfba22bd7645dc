// Owns the comparison of two models on the same items, pair by pair.
// Never compares rates of different items.

/// An earlier model `a` against a later model `b`.
public struct Comparison: Sendable, Equatable, Codable {
    public let a: String
    public let b: String
    /// The form in which `a` was asked.
    public let aPromptForm: PromptForm
    /// The form in which `b` was asked.
    public let promptForm: PromptForm
    public let score: Score
    /// Items that `a` has wrong and `b` right.
    public let n01: Int
    /// Items that `a` has right and `b` wrong.
    public let n10: Int
    /// McNemar's exact two-sided p-value.
    public let pExact: Double
    /// The mid-p value.
    public let pMid: Double
    /// Cohen's h, positive where `b` is better.
    public let h: Double
    /// Rate of `b` minus rate of `a`, −1…1.
    public let lift: Double
    /// Newcombe's paired score interval of the lift.
    public let ciLow: Double
    public let ciHigh: Double
    /// Set where only items of one type are compared.
    public let type: String?
    /// The Benjamini–Hochberg adjusted p-value, set where many comparisons are made at once.
    public internal(set) var pAdjusted: Double?

    private enum CodingKeys: String, CodingKey {
        case a, b, score, n01, n10, h, lift, type
        case aPromptForm = "a_prompt_form"
        case promptForm = "prompt_form"
        case pExact = "p_exact"
        case pMid = "p_mid"
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case pAdjusted = "p_adjusted"
    }

    /// - Parameters: the two models' judgements of the same items, in any order.
    init(
        _ a: Series, _ b: Series, score: Score, aItems: [EvaluatedItem], bItems: [EvaluatedItem], confidence: Double,
        type: String? = nil
    ) {
        let later = Dictionary(bItems.map { ($0.id, $0.isRight(score)) }, uniquingKeysWith: { first, _ in first })
        var counts = Statistics.PairedCounts()
        for item in aItems {
            if let right = later[item.id] { counts.add(first: item.isRight(score), second: right) }
        }
        let test = Statistics.mcNemar(n01: counts.n01, n10: counts.n10)
        let interval = Statistics.newcombe(counts, confidence: confidence)
        self.a = a.model
        self.b = b.model
        aPromptForm = a.form
        promptForm = b.form
        self.score = score
        n01 = counts.n01
        n10 = counts.n10
        pExact = test.p
        pMid = test.pMid
        h = Statistics.cohensH(counts.secondRate, counts.firstRate)
        lift = counts.difference
        ciLow = interval.low
        ciHigh = interval.high
        self.type = type
    }
}
