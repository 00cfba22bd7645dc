// Owns what work will cost before it is done: seconds times a rate, and until when the money lasts.
// Never invents a duration: a step that nobody knows is named, not guessed.

/// What a task will take and cost, at a given rate.
public struct Forecast: Sendable, Equatable {
    /// One step's pod time, in seconds; nil where nobody can tell.
    public struct Step: Sendable, Equatable {
        public var step: String
        public var seconds: Double?

        public init(step: String, seconds: Double?) { (self.step, self.seconds) = (step, seconds) }
    }

    public var steps: [Step]
    public var usdPerHour: Double

    public init(steps: [Step], usdPerHour: Double) { (self.steps, self.usdPerHour) = (steps, usdPerHour) }

    /// Of the steps that are known.
    public var seconds: Double { steps.reduce(0) { $0 + max(0, $1.seconds ?? 0) } }

    /// Of the steps that are known: at least this much.
    public var usd: Double { Self.usd(seconds: seconds, usdPerHour: usdPerHour) }

    /// The steps of which nobody can tell.
    public var unknown: [String] { steps.filter { $0.seconds == nil }.map(\.step) }

    public static func usd(seconds: Double, usdPerHour: Double) -> Double {
        max(0, seconds) / 3600 * max(0, usdPerHour)
    }

    /// When the budget is used up at this rate; nil where it never is.
    /// - Parameter now: in seconds; so is the answer.
    public static func endOfMoney(spentUSD: Double, budgetUSD: Double, usdPerHour: Double, now: Double) -> Double? {
        guard usdPerHour > 0 else { return nil }
        return now + max(0, budgetUSD - spentUSD) / usdPerHour * 3600
    }
}
