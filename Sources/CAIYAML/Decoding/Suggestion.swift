// Owns "did you mean": the nearest of some words by edit distance.
// Pure; case and the choice of `-` or `_` do not count.
// Never suggests a word that shares little with the one given.

/// Finds what a person may have meant.
public enum Suggestion {
    /// The nearest candidate within a third of the word's length (at least one edit), or nil.
    public static func nearest(to word: String, in candidates: [String]) -> String? {
        let wanted = normal(word)
        let limit = max(1, min(3, wanted.count / 3))
        let ranked = candidates.map { (word: $0, distance: distance(wanted, normal($0))) }
        return ranked.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.word
    }

    private static func normal(_ word: String) -> [Character] {
        word.prefix(64).map { $0 == "-" ? "_" : Character($0.lowercased().prefix(1).description) }
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
