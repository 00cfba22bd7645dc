// Owns the tails of the binomial distribution with probability one half, in log space.
// Never sums from the far end: it starts at the largest term, so a million tosses take microseconds.

import Glibc

/// `tosses` throws of a fair coin.
struct FairCoin {
    let tosses: Int

    /// The natural logarithm of P(X = heads).
    ///
    /// C. Loader, "Fast and accurate computation of binomial probabilities" (2000): the plain difference of log-gammas
    /// loses nine digits at a million tosses, the saddle-point form none.
    /// - Parameter heads: in 0...tosses.
    func logProbability(of heads: Int) -> Double {
        let n = Double(tosses)
        let k = Double(heads)
        guard heads > 0, heads < tosses else { return -n * log(2) }
        let mean = n / 2
        return Self.stirlingError(n) - Self.stirlingError(k) - Self.stirlingError(n - k)
            - Self.deviance(k, mean) - Self.deviance(n - k, mean)
            + 0.5 * log(n / (2 * Double.pi * k * (n - k)))
    }

    /// The natural logarithm of P(X ≤ heads).
    /// - Parameter heads: in 0...tosses/2, where the terms fall off towards zero heads.
    func logLowerTail(_ heads: Int) -> Double {
        var sum = 1.0
        var term = 1.0
        var k = heads
        while k > 0, term > sum * 1e-18 {
            term *= Double(k) / Double(tosses - k + 1)
            sum += term
            k -= 1
        }
        return logProbability(of: heads) + log(sum)
    }

    /// log(n!) minus Stirling's formula for it.
    private static func stirlingError(_ n: Double) -> Double {
        if n < 16 { return lgamma(n + 1).0 - (n + 0.5) * log(n) + n - 0.5 * log(2 * Double.pi) }
        let s = 1 / (n * n)
        return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - s / 1188) * s) * s) * s) / n
    }

    /// x·log(x/m) + m − x, without cancellation near x = m.
    private static func deviance(_ x: Double, _ m: Double) -> Double {
        guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
        let v = (x - m) / (x + m)
        var total = (x - m) * v
        var power = 2 * x * v
        var odd = 3.0
        while true {
            power *= v * v
            let next = total + power / odd
            if next == total { return total }
            total = next
            odd += 2
        }
    }
}
