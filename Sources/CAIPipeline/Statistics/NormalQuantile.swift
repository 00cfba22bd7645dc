// Owns the standard normal quantile, from the C library's erfc.
// Never approximates by a table: any confidence level is as exact as 95%.

import Glibc

extension Statistics {
    /// The z with `confidence` of the standard normal distribution between −z and z (1.96 for 0.95).
    /// - Parameter confidence: in (0, 1).
    public static func normalCriticalValue(confidence: Double) -> Double {
        upperQuantile(tail: (1 - confidence) / 2)
    }

    /// Newton's method on the logarithm of the upper tail, which is concave: begun to the right of the root (the tail
    /// is at most exp(−z²/2)/2), it walks down to it without ever passing.
    /// - Parameter tail: in (0, 0.5].
    private static func upperQuantile(tail: Double) -> Double {
        var z = (-2 * log(2 * tail)).squareRoot()
        for _ in 0..<100 {
            let above = 0.5 * erfc(z / 2.0.squareRoot())
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            let step = (log(above) - log(tail)) * above / density
            z += step
            if abs(step) <= 1e-15 * max(1, z) { break }
        }
        return z
    }
}
