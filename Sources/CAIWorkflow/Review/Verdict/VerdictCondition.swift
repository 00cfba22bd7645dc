// Owns: whether an approval asks for something: "once", "after", "provided that", "with changes", "must".
// "No changes required" asks for nothing, and neither do notes, suggestions and nits.
// Never decides what was approved.

enum VerdictCondition {
    private static let conditions: Set<String> = [
        "after", "once", "if", "when", "provided", "providing", "unless", "until", "subject", "pending", "contingent",
        "conditional", "conditionally", "condition", "conditions", "assuming", "but", "however", "except", "must",
        "require",
        "requires", "required", "needs", "need", "before", "caveat", "caveats", "reservation", "reservations",
        "caution",
        "although", "though", "upon", "only", "prerequisite", "prerequisites", "cautious", "cautiously", "mandatory",
    ]
    private static let softable: Set<String> = ["but", "though", "although", "however", "only"]
    private static let orders: Set<String> = ["fix", "address", "resolve", "correct", "switch"]
    /// What makes a later sentence a condition of the first.
    private static let laterConditions: Set<String> = [
        "must", "conditional", "contingent", "provided", "mandatory", "however", "unless", "conditions", "prerequisite",
        "prerequisites",
    ]
    /// Whether a paragraph behind an approval makes it a conditional one.
    static func takesBack(_ text: String) -> Bool {
        let words = SeverityMark.words(text)
        if words.contains(where: {
            ["conditional", "contingent", "provided", "conditions", "prerequisite"].contains($0)
        }) {
            return !words.contains("no") && !words.contains("without")
        }
        let work: Set<String> = [
            "fix", "fixed", "address", "addressed", "resolve", "resolved", "first", "corrected", "changed",
        ]
        return words.contains("must") && words.contains(where: work.contains) && !words.contains("all")
    }

    private static let demands: Set<String> = [
        "changes", "change", "fixes", "revisions", "modifications", "issues", "concerns", "requirements", "blockers",
        "edits", "corrections",
    ]

    static func isIn(_ words: VerdictWords, isLater: Bool) -> Bool {
        let list = words.words
        let isSoft = isSoftened(list)
        for index in list.indices {
            let word = list[index].text
            let near = list[..<index].suffix(3).map(\.text)
            let after = list[(index + 1)...].first?.text
            if near.contains(where: { ["no", "not", "without", "nothing", "none", "any", "zero"].contains($0) }) {
                continue
            }
            if after == "none" { continue }
            if isLater {
                if laterConditions.contains(word) { return true }
                if word == "before" || word == "only", list.contains(where: { orders.contains($0.text) }) {
                    return true
                }
                continue
            }
            if softable.contains(word) {
                if !isSoft { return true }
            } else if conditions.contains(word) {
                let isPast = ["required", "requires", "needs", "need"].contains(word) && near.contains("all")
                if !isPast { return true }
            } else if orders.contains(word), list[index].isAfterSign || ["and", "please", "then"].contains(near.last) {
                return true
            } else if demands.contains(word), list[..<index].suffix(4).contains(where: { $0.text == "with" }) {
                return true
            }
        }
        return false
    }

    /// "with minor notes", "but consider …": remarks that ask for nothing.
    static func isSoftened(_ words: [VerdictWords.Word]) -> Bool {
        let soft: Set<String> = [
            "notes", "note", "comments", "comment", "suggestions", "suggestion", "nits", "nit", "optional",
            "optionally",
            "consider", "nice", "remarks", "recommendations", "observations",
        ]
        return words.contains { soft.contains($0.text) } && !words.contains { demands.contains($0.text) }
    }
}
