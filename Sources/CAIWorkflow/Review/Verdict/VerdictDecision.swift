// Owns: what the verdicts of one review come to together, and how that is told.
// Only an approval that nothing contradicts is one; verdicts on items count where there is none on the whole.
// Never reads a line.

/// A line that states a verdict.
struct VerdictPlace: Sendable {
    let line: ReviewLine
    let statement: VerdictStatement
    /// Of one item among several, not of the whole.
    let isItem: Bool
}

enum VerdictDecision {
    /// The verdict; nil where there is no place.
    /// - Parameters:
    ///   - demand: a line that asks for something to be done first.
    ///   - warning: a line with a warning in front, of which nobody knows what it means beside verdicts on items.
    static func make(_ places: [VerdictPlace], demand: ReviewLine?, warning: ReviewLine?) -> ReviewVerdict? {
        guard let first = places.first else { return nil }
        let overall = places.filter { !$0.isItem }
        let counted = overall.isEmpty ? places : overall
        let no = counted.filter { $0.statement.verdict != .approved }
        let yes = counted.filter { $0.statement.verdict == .approved }
        let lead = no.first ?? overall.last ?? first
        func result(_ verdict: Verdict, _ why: String) -> ReviewVerdict {
            let words = PlainText.line(lead.line.plain, limit: 200)
            return ReviewVerdict(verdict: verdict, words: words, line: lead.line.number, why: why)
        }
        if !no.isEmpty, let other = yes.first {
            if overall.isEmpty {
                return result(.notApproved, "\(yes.count) of \(places.count) items are approved; \(says(lead))")
            }
            let pair = [lead, other].sorted { $0.line.number < $1.line.number }
            return result(.ambiguous, "two verdicts contradict: \(says(pair[0])), \(says(pair[1]))")
        }
        if no.isEmpty, let item = places.first(where: { $0.statement.verdict != .approved }) {
            return result(.ambiguous, "two verdicts contradict: \(says(lead)), but \(says(item))")
        }
        if no.isEmpty, let demand {
            return result(.ambiguous, "\(says(lead)), but line \(demand.number) asks for something first")
        }
        if no.isEmpty, overall.isEmpty, let warning {
            return result(.ambiguous, "\(places.count) items are approved, but line \(warning.number) has a warning")
        }
        let remark = lead.statement.remark
        return result(lead.statement.verdict, says(lead) + (remark.isEmpty ? "" : ": \(remark)"))
    }

    private static func says(_ place: VerdictPlace) -> String {
        "line \(place.line.number) says \"\(PlainText.line(place.line.plain, limit: 80))\""
    }
}
