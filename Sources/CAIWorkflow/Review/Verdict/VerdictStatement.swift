// Owns: what one statement of a reviewer comes to: approval, refusal, approval under conditions, or both at once.
// In doubt it is no approval. A question, a list of options and "Go/No-Go" state nothing.
// Never decides whether the place is one for verdicts.

/// A statement, read.
struct VerdictStatement: Sendable, Equatable {
    let verdict: Verdict
    /// What to say besides the words themselves: "under conditions".
    var remark = ""

    /// Reads a text that stands where a verdict is expected; nil where it states none.
    /// - Parameter isProse: also verdict words inside a sentence count.
    static func read(_ text: String, isProse: Bool) -> VerdictStatement? {
        let text = VerdictQuestion.withoutQuotations(VerdictQuestion.removed(from: text))
        guard !VerdictQuestion.isListOfOptions(text) else { return nil }
        var found: [Verdict] = []
        var isConditional = false
        for sentence in sentences(text) {
            let words = VerdictWords(sentence)
            let isFirst = found.isEmpty
            if isFirst, !isProse, words.lead == nil { return signOnly(text, words) }
            for match in hits(words, isProse: isProse) {
                if let verdict = verdict(of: match, words) { found.append(verdict) }
            }
            guard found.contains(.approved) else { continue }
            isConditional = isConditional || VerdictCondition.isIn(words, isLater: !isFirst)
        }
        let sign = VerdictSign(text)
        guard !found.isEmpty else { return signOnly(text, VerdictWords(text)) }
        if Set(found).count > 1 {
            return .init(verdict: .ambiguous, remark: "it says both yes and no")
        }
        if found.allSatisfy({ $0 == .notApproved }) { return .init(verdict: .notApproved) }
        if sign == .stop { return .init(verdict: .ambiguous, remark: "sign and words contradict") }
        let isWarning = sign == .warning && !VerdictCondition.isSoftened(VerdictWords(text).words)
        if isConditional || isWarning { return .init(verdict: .notApproved, remark: "under conditions") }
        return .init(verdict: .approved)
    }

    /// Cut after `.`, `!`, `?` and `;` that white space follows. A question is not part of the answer.
    private static func sentences(_ text: String) -> [String] {
        var sentences: [String] = [""]
        var previous: Character = " "
        for character in text {
            if character.isWhitespace, ".!?;".contains(previous) {
                if previous == "?" { sentences.removeLast() }
                sentences.append("")
            }
            sentences[sentences.count - 1].append(character)
            previous = character
        }
        if sentences.count == 1, previous == "?" { return [] }
        return sentences.filter { $0.contains { $0.isLetter || $0.isNumber } }
    }

    private static func signOnly(_ text: String, _ words: VerdictWords) -> VerdictStatement? {
        guard words.words.isEmpty, let sign = VerdictSign(text) else { return nil }
        return .init(verdict: sign == .go ? .approved : .notApproved)
    }

    /// The phrase a sentence begins with, and in prose those inside it.
    private static func hits(_ words: VerdictWords, isProse: Bool) -> [VerdictWords.Match] {
        var hits: [VerdictWords.Match] = []
        let lead = words.lead
        var index = 0
        while index < words.words.count {
            // "whether it is ready": from here on nothing is stated.
            if isProse, ["whether", "what", "how", "why"].contains(words.words[index].text) { break }
            guard let match = words.match(at: index) else {
                index += 1
                continue
            }
            let isLead = lead?.range == match.range
            if isLead || countsInside(match, words, isProse: isProse) { hits.append(match) }
            index = match.range.upperBound
        }
        return hits
    }

    private static func countsInside(_ match: VerdictWords.Match, _ words: VerdictWords, isProse: Bool) -> Bool {
        let first = words.words[match.range.lowerBound]
        let before = words.words[..<match.range.lowerBound].last
        if match.range.count > 1 {
            let isReport = ["issues", "issue", "no"].contains(first.text)
            return isReport ? isProse && !["all", "the", "these", "any"].contains(before?.text) : true
        }
        switch first.text {
        case "nogo", "lgtm", "disapproved", "disapprove": return true
        case "go":
            let isNamed = ["a", "clear", "strong", "conditional"].contains(before?.text)
            return isNamed || (words.stands(match) && (first.isCapitals || (before == nil || first.isAfterSign)))
        case "approved", "approve", "approving", "rejected", "ready": return isProse || first.isCapitals
        case "proceed", "proceeding", "blocked", "reject": return isProse && before?.text != "before"
        default:
            // "Hold the run": an order at the beginning refuses; it never approves.
            if isProse, before == nil, match.polarity == .negative { return true }
            return first.isCapitals && first.text.count > 2 && words.stands(match)
        }
    }

    private static let negations: Set<String> = [
        "not", "cannot", "cant", "dont", "never", "isnt", "arent", "wont", "shouldnt", "wouldnt", "couldnt", "unable",
        "neither", "nor", "refuse", "decline", "would", "could", "might", "may", "will", "until", "before",
    ]

    /// What a phrase means behind the words in front of it. "Not blocked" is no refusal, but no approval either.
    private static func verdict(of match: VerdictWords.Match, _ words: VerdictWords) -> Verdict? {
        let start = match.range.lowerBound
        var near: [String] = []
        for index in stride(from: start - 1, through: max(0, start - 5), by: -1) where index >= 0 {
            if words.words[index + 1].isAfterSign { break }
            near.append(words.words[index].text)
        }
        switch match.polarity {
        case .positive:
            let isTurned = near.contains { negations.contains($0) } || ["no", "without"].contains(near.first)
            return isTurned || (start > 0 && words.words[start - 1].text == "no") ? .notApproved : .approved
        case .negative:
            let isTurned = near.prefix(3).contains {
                ["no", "not", "without", "zero", "nothing", "never"].contains($0)
            }
            return isTurned ? nil : .notApproved
        }
    }
}
