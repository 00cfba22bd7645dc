// Owns the smallest difference that an evaluation of a given size can tell from chance.
// Never looks at results: it is stated beside them so that "no difference" is read rightly.

extension Statistics {
    /// The smallest lift for which McNemar's exact test reaches `alpha`, where the given share of the items is
    /// discordant: 5 points at 15% of 300 items give p = 0.036.
    /// - Parameters:
    ///   - n: items.
    ///   - discordance: the share of items that exactly one of the models has right.
    /// - Returns: a difference of rates, 0…1; nil where not even a one-sided outcome would reach it.
    public static func detectableDifference(n: Int, discordance: Double = 0.15, alpha: Double = 0.05) -> Double? {
        let discordant = Int((discordance * Double(n)).rounded())
        return (0...(discordant / 2)).reversed().lazy
            .filter { mcNemar(n01: discordant - $0, n10: $0).p < alpha }
            .first.map { Double(discordant - 2 * $0) / Double(n) }
    }
}
