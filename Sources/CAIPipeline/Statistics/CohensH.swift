// Owns Cohen's h, the effect size of a difference of proportions.
// Never decides which model is the later one: its first argument is.

import Glibc

extension Statistics {
    /// Cohen's h = 2·asin√p1 − 2·asin√p2 (J. Cohen, Statistical Power Analysis, 1988, ch. 6): positive where the first
    /// proportion is the greater. In a comparison of an earlier with a later model, `p1` is the later model's rate.
    /// - Parameters: both in [0, 1].
    public static func cohensH(_ p1: Double, _ p2: Double) -> Double {
        2 * asin(p1.squareRoot()) - 2 * asin(p2.squareRoot())
    }
}
