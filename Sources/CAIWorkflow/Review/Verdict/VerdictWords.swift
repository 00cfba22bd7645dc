// Owns: the phrases that approve and those that do not, and whether a text begins with one.
// Everyday verbs (go, hold, stop, scale …) count only where they stand as a verdict does: alone, in capitals, before a
// sign or before "for" and "with".
// Never weighs conditions; a statement does.

/// A text as words that know their capitals and what stands in front of them.
struct VerdictWords: Sendable {
    struct Word: Sendable {
        let text: String
        let isCapitals: Bool
        /// Whether a comma, colon, dash or bracket stands between the word before and this one.
        let isAfterSign: Bool
    }

    enum Polarity: Sendable { case positive, negative }

    struct Match: Sendable {
        let polarity: Polarity
        let range: Range<Int>
    }

    let words: [Word]

    init(_ text: String) {
        var words: [Word] = []
        var word = ""
        var isAfterSign = false
        func close() {
            guard !word.isEmpty else { return }
            let isCapitals = word.contains(where: \.isLetter) && !word.contains(where: \.isLowercase)
            words.append(Word(text: word.lowercased(), isCapitals: isCapitals, isAfterSign: isAfterSign))
            word = ""
            isAfterSign = false
        }
        for character in text {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if "'’".contains(character) {
                continue
            } else {
                // A dash inside a word joins ("No-Go"); one between spaces parts.
                let joins = "-‐‑–−".contains(character) && !word.isEmpty
                close()
                if !character.isWhitespace, !joins { isAfterSign = true }
            }
        }
        close()
        self.words = Self.joiningNoGo(words)
    }

    /// "No-Go", "no go" and "nogo" are one word; "Go/No-Go" is a question and vanishes.
    private static func joiningNoGo(_ words: [Word]) -> [Word] {
        var joined: [Word] = []
        for word in words {
            if word.text == "go", let last = joined.last, last.text == "no", !word.isAfterSign {
                joined[joined.count - 1] = Word(
                    text: "nogo", isCapitals: last.isCapitals && word.isCapitals, isAfterSign: last.isAfterSign)
            } else {
                joined.append(word)
            }
        }
        return joined
    }

    static let positive = phrases([
        "approved", "approve", "approving", "lgtm", "looks good to me", "looks good", "accepted", "accept", "ready",
        "go",
        "go ahead", "good to go", "ready to go", "green light", "greenlight", "green", "proceed", "proceeding",
        "ship it",
        "pass", "passed", "scale", "signed off", "sign off", "all clear", "clear to proceed", "approval granted",
        "no issues", "no issues found", "no blocking issues", "no blocking issues found", "no blockers",
    ])

    static let negative = phrases([
        "not approved", "nogo", "issues found", "issue found", "changes requested", "request changes",
        "requests changes",
        "requesting changes", "changes required", "changes needed", "needs changes", "needs work", "needs revision",
        "needs revisions", "needs fixes", "needs rework", "rejected", "reject", "blocked", "block", "yellow light",
        "yellow", "amber", "amber light", "red light", "red", "modify", "iterate", "hold", "hold off", "stop",
        "not ready",
        "do not proceed", "do not deploy", "do not merge", "do not run", "do not launch", "dont proceed", "dont deploy",
        "dont run", "cannot approve", "cant approve", "unable to approve", "not yet", "fail", "failed", "fails",
        "revise",
        "rework", "wait", "defer", "unsafe", "disapproved", "disapprove", "major revisions", "minor revisions",
        "major revision", "minor revision", "conditional", "conditionally", "conditional approval", "conditional go",
        "conditionally approved", "provisional", "provisionally", "provisionally approved", "partially", "partial",
        "partially approved", "qualified go", "cautious go", "soft go", "tentative go", "proceed with caution",
        "go with caution",
    ])

    /// Words of everyday prose that are a verdict only by the way they stand.
    private static let everyday: Set<String> = [
        "go", "ready", "hold", "stop", "modify", "iterate", "scale", "proceed", "block", "pass", "fail", "green",
        "yellow",
        "red", "amber", "accept", "reject", "revise", "rework", "wait", "approve", "approved", "defer", "blocked",
        "passed",
        "failed", "fails", "accepted", "rejected", "proceeding", "approving", "unsafe", "conditional", "conditionally",
        "provisional", "provisionally", "partial", "partially",
    ]

    /// Of these, the ones that need capitals, bold or a sign outside a place for verdicts.
    static let shy: Set<String> = everyday.subtracting(["approved", "rejected"]).union([
        "looks good", "issues found", "issue found", "no issues", "no issues found", "no blockers", "not yet",
    ])

    private static let followers: Set<String> = [
        "for", "with", "after", "once", "if", "when", "pending", "subject", "but", "and", "provided", "to", "as", "at",
        "unless", "until", "under", "based", "on", "only", "light", "by", "in", "now", "go", "nogo",
    ]

    private static func phrases(_ list: [String]) -> [String: Set<[String]>] {
        Dictionary(grouping: list.map { $0.split(separator: " ").map(String.init) }, by: { $0[0] }).mapValues(Set.init)
    }

    /// The longest phrase that begins at the word.
    func match(at index: Int) -> Match? {
        func longest(_ table: [String: Set<[String]>], _ polarity: Polarity) -> Match? {
            let candidates = table[words[index].text] ?? []
            let fitting = candidates.filter { phrase in
                words.count - index >= phrase.count && zip(words[index...], phrase).allSatisfy { $0.text == $1 }
            }
            guard let length = fitting.map(\.count).max() else { return nil }
            return Match(polarity: polarity, range: index..<(index + length))
        }
        let found = [longest(Self.negative, .negative), longest(Self.positive, .positive)].compactMap { $0 }
        return found.max { $0.range.count < $1.range.count }
    }

    /// The phrase that the text begins with, perhaps behind "overall", "a clear" and the like, if it stands as a verdict.
    var lead: Match? {
        let fillers: Set<String> = [
            "overall", "final", "finally", "a", "an", "clear", "strong", "fully", "verdict", "status", "recommendation",
            "recommend", "i", "we", "is", "decision", "result",
        ]
        var start = words.prefix(4).prefix { fillers.contains($0.text) }.count
        if start >= words.count { start = 0 }
        guard start < words.count, let match = match(at: start) else { return nil }
        return stands(match) ? match : nil
    }

    /// Whether the phrase stands as a verdict does.
    func stands(_ match: Match) -> Bool {
        let first = words[match.range.lowerBound]
        guard match.range.count == 1, Self.everyday.contains(first.text) else { return true }
        guard match.range.upperBound < words.count else { return true }
        let next = words[match.range.upperBound]
        if next.isAfterSign || (first.isCapitals && first.text.count > 1) { return true }
        if next.text == "to" { return ["ready", "approved"].contains(first.text) }
        return Self.followers.contains(next.text)
    }
}
