// Owns Wilson's score interval of one proportion.
// Never applies a continuity correction.

extension Statistics {
    /// Wilson's score interval (E. B. Wilson, JASA 22, 1927): 8 of 10 at 95% is 0.490–0.943.
    /// - Parameters:
    ///   - successes: in 0...n.
    ///   - n: trials; with none the interval is [0, 1].
    ///   - confidence: in (0, 1).
    public static func wilson(successes: Int, n: Int, confidence: Double = 0.95) -> Interval {
        guard n > 0 else { return Interval(low: 0, high: 1) }
        let z = normalCriticalValue(confidence: confidence)
        let trials = Double(n)
        let rate = Double(successes) / trials
        let scale = 1 + z * z / trials
        let middle = rate + z * z / (2 * trials)
        let half = z * (rate * (1 - rate) / trials + z * z / (4 * trials * trials)).squareRoot()
        return Interval(
            low: successes == 0 ? 0 : max(0, (middle - half) / scale),
            high: successes == n ? 1 : min(1, (middle + half) / scale))
    }
}
