// Owns: which names stand in front of a verdict, and taking `name: value` apart.
// A strong name (Verdict, Decision, Go/No-Go) asks for nothing else; a weak one (Status, Recommendation) also has other
// uses, so behind it a verdict must come first.
// Never reads the value.

/// `**Verdict**: GO`, taken apart.
struct VerdictField: Sendable {
    enum Strength: Sendable { case strong, weak, yesOrNo, none }

    let name: String
    let value: String
    let strength: Strength
    /// The signs in front of the name: `⚠️ Statistics: …`.
    let signs: String

    /// The field of a line's words. Also the dash of a heading (`Verdict — GO`) parts name and value.
    init?(_ plain: String, dashes: Bool = false) {
        let text = InlineText.withoutSigns(plain)
        var place = text.firstIndex { ":：=?".contains($0) }
        if dashes, place == nil { place = Self.dash(in: text) }
        guard let place else { return nil }
        name = String(text[..<place])
        value = PlainText.line(String(text[text.index(after: place)...]), limit: 4000)
        signs = String(plain.dropLast(text.count))
        strength = Self.strength(of: name)
        // Behind a question mark stands an answer only where the question is one for yes or no.
        if text[place] == "?", strength != .yesOrNo { return nil }
    }

    /// How surely what stands behind the name, or below a heading of that name, is the verdict.
    static func strength(of name: String) -> Strength {
        let isQuestion = VerdictQuestion.removed(from: name) != name
        let kept = VerdictQuestion.removed(from: name).split { $0 == "(" }.first.map(String.init) ?? ""
        let words = VerdictWords(withoutNumber(kept)).words.map(\.text)
        guard words.count <= 6, !words.contains(where: { past.contains($0) }) else { return .none }
        if isQuestion {
            return words.allSatisfy { aboutQuestion.contains($0) } || beginsWithQuestion(name) ? .strong : .none
        }
        if !Set(words).isDisjoint(with: ["verdict", "decision", "signoff"]) || words.starts(with: ["sign", "off"]) {
            return .strong
        }
        switch words.joined(separator: " ") {
        case "approval", "approval status", "overall recommendation", "final recommendation", "overall assessment",
            "final assessment", "overall status", "review status", "review result", "review outcome", "overall",
            "bottom line", "overall rating", "overall judgment", "overall judgement", "readiness",
            "deployment readiness",
            "production readiness", "final status", "final call", "light", "traffic light":
            return .strong
        case "status", "recommendation", "assessment", "conclusion", "conclusions", "summary", "executive summary",
            "result", "outcome", "answer", "tl dr", "tldr", "final thoughts", "overall summary", "review summary",
            "short answer", "call", "overall conclusion", "recommendations", "judgment", "rating", "response",
            "summary and recommendation", "conclusion and recommendation":
            return .weak
        default:
            let isAsked = ["approved", "approve", "ready", "go", "proceed", "safe", "can", "should", "is"].contains(
                words.first)
            let subject: Set<String> = ["approved", "approve", "ready", "go", "proceed", "deploy", "run", "launch"]
            return isAsked && words.contains(where: subject.contains) ? .yesOrNo : .none
        }
    }

    /// Whether a heading is about what was decided some other time.
    static func isPast(_ heading: String) -> Bool {
        let times: Set<String> = ["previous", "previously", "prior", "earlier", "past", "history", "last"]
        let words = SeverityMark.words(heading)
        return words.contains { times.contains($0) } || words.last == "before"
    }

    /// What was decided some other time, or is only explained.
    private static let past: Set<String> = [
        "previous", "previously", "prior", "earlier", "last", "original", "initial", "legend", "options", "criteria",
        "possible", "example", "template", "format", "scale", "key", "history",
    ]

    /// What may stand beside "Go/No-Go" in the name of an answer.
    private static let aboutQuestion: Set<String> = [
        "final", "overall", "recommendation", "decision", "assessment", "verdict", "call", "status", "summary",
        "review", "my",
        "the", "gate", "result", "conclusion", "answer", "and",
    ]

    private static func beginsWithQuestion(_ name: String) -> Bool {
        VerdictQuestion.removed(from: name).first.map { !$0.isLetter } ?? true
    }

    private static func dash(in text: String) -> String.Index? {
        text.indices.first { index in
            guard "–—-→".contains(text[index]), index > text.startIndex else { return false }
            return text[text.index(before: index)].isWhitespace
        }
    }

    /// "3. Verdict" → "Verdict".
    static func withoutNumber(_ text: String) -> String {
        let rest = text.drop { $0.isNumber || $0 == "." }
        guard rest.count < text.count, let next = rest.first, next.isWhitespace || next == ")" else { return text }
        return String(rest.dropFirst().drop(while: \.isWhitespace))
    }
}
