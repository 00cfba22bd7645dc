// Owns McNemar's exact test of two models on the same items.
// Never uses the chi-square approximation, and never looks at the pairs that agree.

import Glibc

extension Statistics {
    /// The result of McNemar's test: two-sided p-values in [0, 1].
    public struct McNemar: Sendable, Equatable {
        /// The exact conditional p-value.
        public let p: Double
        /// The mid-p value: less conservative, still close to the nominal level.
        public let pMid: Double
    }

    /// McNemar's exact two-sided test: under the null hypothesis the smaller discordant count is that of a fair coin.
    ///
    /// p = 2·P(X ≤ k) and mid-p = 2·(P(X < k) + ½P(X = k)), k the smaller count, clamped to [0, 1]; with no
    /// discordant pair both are 1. (Fagerland, Lydersen & Laake, BMC Med. Res. Methodol. 13:91, 2013; they take half a
    /// point off mid-p where the counts are equal, which the definition itself does not: it gives 1.)
    /// - Parameters:
    ///   - n01: items that the first model has wrong and the second right, ≥ 0.
    ///   - n10: the reverse, ≥ 0.
    public static func mcNemar(n01: Int, n10: Int) -> McNemar {
        let discordant = n01 + n10
        guard discordant > 0, n01 != n10 else { return McNemar(p: 1, pMid: 1) }
        let coin = FairCoin(tosses: discordant)
        let fewer = min(n01, n10)
        let p = 2 * exp(coin.logLowerTail(fewer))
        return McNemar(p: min(1, p), pMid: min(1, max(0, p - exp(coin.logProbability(of: fewer)))))
    }
}
