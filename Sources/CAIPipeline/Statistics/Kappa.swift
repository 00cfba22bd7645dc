// Owns the agreement of raters beyond chance: Cohen's kappa for two, Fleiss' for many.
// Never calls agreement perfect where no disagreement was possible: such a kappa is undefined.

extension Statistics {
    /// Cohen's kappa of two raters (J. Cohen, Educ. Psychol. Meas. 20, 1960).
    /// - Parameter table: square; row = the first rater's category, column = the second's, values = items.
    /// - Returns: in [−1, 1]; nil without items, and where both raters used one and the same category only: expected
    ///   agreement is 1 then and kappa is 0/0, so calling it 1 would pass a gate on no evidence.
    public static func cohensKappa(_ table: [[Int]]) -> Double? {
        let rows = table.map { $0.reduce(0.0) { $0 + Double($1) } }
        let columns = table.indices.map { column in table.reduce(0.0) { $0 + Double($1[column]) } }
        let total = rows.reduce(0, +)
        guard total > 0 else { return nil }
        let observed = table.indices.reduce(0.0) { $0 + Double(table[$1][$1]) } / total
        let expected = zip(rows, columns).reduce(0.0) { $0 + $1.0 / total * ($1.1 / total) }
        return expected < 1 ? (observed - expected) / (1 - expected) : nil
    }

    /// Fleiss' kappa of a fixed number of raters per item (J. L. Fleiss, Psychol. Bull. 76, 1971).
    /// - Parameter counts: a row per item, a column per category, values = raters; every row has the same sum ≥ 2.
    /// - Returns: in [−1, 1]; nil without items, and where every rating is in one category (see `cohensKappa`).
    public static func fleissKappa(_ counts: [[Int]]) -> Double? {
        guard let first = counts.first else { return nil }
        let items = Double(counts.count)
        let raters = first.reduce(0.0) { $0 + Double($1) }
        guard raters >= 2 else { return nil }
        let shares = first.indices.map { column in
            counts.reduce(0.0) { $0 + Double($1[column]) } / (items * raters)
        }
        let expected = shares.reduce(0) { $0 + $1 * $1 }
        let observed =
            counts.reduce(0.0) { sum, row in
                let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
                return sum + (squares - raters) / (raters * (raters - 1))
            } / items
        return expected < 1 ? (observed - expected) / (1 - expected) : nil
    }
}
