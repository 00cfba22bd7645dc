// Owns the table of two models on the same items, and the interval of the difference of their rates.
// Never treats the two rates as independent.

extension Statistics {
    /// How often two models were right on the same items. The first digit is the first model, 1 is right.
    public struct PairedCounts: Sendable, Equatable {
        public var n11 = 0
        public var n10 = 0
        public var n01 = 0
        public var n00 = 0

        public init(n11: Int = 0, n10: Int = 0, n01: Int = 0, n00: Int = 0) {
            self.n11 = n11
            self.n10 = n10
            self.n01 = n01
            self.n00 = n00
        }

        /// Counts one item.
        public mutating func add(first: Bool, second: Bool) {
            switch (first, second) {
            case (true, true): n11 += 1
            case (true, false): n10 += 1
            case (false, true): n01 += 1
            case (false, false): n00 += 1
            }
        }

        /// Items.
        public var n: Int { n11 + n10 + n01 + n00 }
        /// The first model's rate; 0 without items.
        public var firstRate: Double { n == 0 ? 0 : Double(n11 + n10) / Double(n) }
        /// The second model's rate; 0 without items.
        public var secondRate: Double { n == 0 ? 0 : Double(n11 + n01) / Double(n) }
        /// Second rate minus first rate.
        public var difference: Double { n == 0 ? 0 : Double(n01 - n10) / Double(n) }
    }

    /// Newcombe's paired score interval of (second rate − first rate), method 10: two Wilson intervals squared and
    /// added, with the continuity-corrected correlation of the pairs.
    /// (R. G. Newcombe, Statistics in Medicine 17:2635–2650, 1998.) Without items the interval is [−1, 1].
    public static func newcombe(_ counts: PairedCounts, confidence: Double = 0.95) -> Interval {
        let n = counts.n
        guard n > 0 else { return Interval(low: -1, high: 1) }
        let first = wilson(successes: counts.n11 + counts.n10, n: n, confidence: confidence)
        let second = wilson(successes: counts.n11 + counts.n01, n: n, confidence: confidence)
        let correlation = correctedCorrelation(counts)
        let below = squareAndAdd(
            counts.secondRate - second.low, first.high - counts.firstRate, correlation: correlation)
        let above = squareAndAdd(
            second.high - counts.secondRate, counts.firstRate - first.low, correlation: correlation)
        return Interval(
            low: max(-1, counts.difference - below), high: min(1, counts.difference + above))
    }

    private static func squareAndAdd(_ x: Double, _ y: Double, correlation: Double) -> Double {
        max(0, x * x - 2 * correlation * x * y + y * y).squareRoot()
    }

    /// The φ coefficient; a positive covariance is first reduced by n/2, not below 0. An empty margin gives 0.
    private static func correctedCorrelation(_ counts: PairedCounts) -> Double {
        let (a, b, c, d) = (Double(counts.n11), Double(counts.n10), Double(counts.n01), Double(counts.n00))
        let margins = (a + b) * (c + d) * (a + c) * (b + d)
        guard margins > 0 else { return 0 }
        let covariance = a * d - b * c
        return (covariance > 0 ? max(0, covariance - Double(counts.n) / 2) : covariance) / margins.squareRoot()
    }
}
