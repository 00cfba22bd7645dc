// Owns the Benjamini–Hochberg adjustment of many p-values.
// Never drops or reorders a p-value.

extension Statistics {
    /// Step-up adjusted p-values, in the order given: p·m/rank, made monotone from the greatest p down, at most 1.
    /// (Y. Benjamini & Y. Hochberg, J. R. Statist. Soc. B 57, 1995.)
    /// - Parameter p: each in [0, 1].
    public static func benjaminiHochberg(_ p: [Double]) -> [Double] {
        var adjusted = p
        var least = 1.0
        let descending = p.indices.sorted { p[$0] > p[$1] }
        for (position, index) in descending.enumerated() {
            let rank = p.count - position
            least = min(least, p[index] * Double(p.count) / Double(rank))
            adjusted[index] = least
        }
        return adjusted
    }
}
