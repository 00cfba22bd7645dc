// Owns the trouble that is still to come: what fits a moment, and the seeded dice.
// Never carries anything out.

/// What trouble may fit to.
struct Occasion: Sendable {
    var operation: Operation
    var pod: PodRecord?
    var gpu: String?

    init(_ operation: Operation, pod: PodRecord? = nil, gpu: String? = nil) {
        (self.operation, self.pod, self.gpu) = (operation, pod, gpu ?? pod?.order.gpu)
    }
}

struct TroubleBox: Sendable {
    private struct Rule {
        var number: Int
        var trouble: Trouble
        /// nil without limit.
        var left: Int?
        var from: Double
    }
    private var rules: [Rule] = []
    private var made = 0
    private var dice: SplitMix64

    init(seed: UInt64) { dice = SplitMix64(state: seed) }

    /// - Returns: the number by which it is listed.
    mutating func add(_ trouble: Trouble, at now: Double) -> Int {
        made += 1
        let limit = trouble.count ?? (trouble.probability == nil ? 1 : 0)
        rules.append(
            Rule(number: made, trouble: trouble, left: limit == 0 ? nil : limit, from: now + (trouble.after ?? 0)))
        return made
    }

    mutating func clear() { rules = [] }

    var listed: [(number: Int, trouble: Trouble, left: Int?)] { rules.map { ($0.number, $0.trouble, $0.left) } }

    /// The first trouble of a kind that fits and that the dice agree with; it is used up by that.
    /// - Parameter effect: only trouble before or after what was asked for is done.
    mutating func draw(
        _ kind: Trouble.Kind, _ effect: Trouble.Moment? = nil, for occasion: Occasion, at now: Double
    ) -> Trouble? {
        draw(now) { trouble in
            trouble.kind == kind && (effect == nil || effect == trouble.moment) && Self.fits(trouble, occasion)
        }
    }

    /// The first trouble that happens by itself and is due.
    /// - Parameter finds: whether the pod it is about is there.
    mutating func drawEvent(at now: Double, where finds: (Trouble) -> Bool) -> Trouble? {
        draw(now) { $0.kind.isEvent && finds($0) }
    }

    /// Whether such a request is sure to be refused, as a catalog would show it.
    func isExhausted(gpu: String, at now: Double) -> Bool {
        rules.contains { rule in
            rule.trouble.kind == .noCapacity && rule.trouble.probability == nil && rule.from <= now
                && Self.fits(rule.trouble, Occasion(.create, gpu: gpu))
        }
    }

    private mutating func draw(_ now: Double, where fits: (Trouble) -> Bool) -> Trouble? {
        for index in rules.indices where rules[index].from <= now && fits(rules[index].trouble) {
            let trouble = rules[index].trouble
            if let chance = trouble.probability, dice.fraction() >= chance { continue }
            if let left = rules[index].left {
                rules[index].left = left - 1
                if left <= 1 { rules.remove(at: index) }
            }
            return trouble
        }
        return nil
    }

    private static func fits(_ trouble: Trouble, _ occasion: Occasion) -> Bool {
        if let on = trouble.on, on != occasion.operation { return false }
        if let gpu = trouble.gpu, gpu != occasion.gpu { return false }
        if let pod = trouble.pod, occasion.pod?.isNamed(pod) != true { return false }
        return true
    }
}

/// SplitMix64 (Steele, Lea & Flood, 2014): the same seed gives the same trouble on every machine.
struct SplitMix64: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In 0..<1.
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
