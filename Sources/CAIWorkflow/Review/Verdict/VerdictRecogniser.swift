// Owns: whether one line states a verdict: as a field, as an answer to a question, by the way it stands, in brackets.
// The less the place asks for a verdict, the more plainly the words must be one.
// Never looks at another line.

enum VerdictRecogniser {
    /// What a field's value states.
    static func value(_ field: VerdictField) -> VerdictStatement? {
        switch field.strength {
        case .strong: return VerdictStatement.read(field.value, isProse: true)
        case .weak: return VerdictStatement.read(field.value, isProse: false)
        case .yesOrNo: return answer(field.value)
        case .none:
            // Of any other name only a value that is a verdict and nothing else.
            let words = VerdictWords(VerdictQuestion.removed(from: field.value))
            guard let lead = words.lead, lead.range.lowerBound == 0, field.name.count <= 80,
                !SeverityMark.words(field.name).contains(where: foreign.contains)
            else { return nil }
            let next = lead.range.upperBound
            let isWhole = next == words.words.count || words.words[next].isAfterSign || words.words[next].text == "with"
            let phrase = words.words[lead.range].map(\.text).joined(separator: " ")
            let isLoud = words.words[0].isCapitals || VerdictSign(field.signs + field.value) != nil
            guard isWhole, !["pass", "passed", "fail", "failed", "fails"].contains(phrase),
                isLoud || !VerdictWords.shy.contains(phrase)
            else { return nil }
            return VerdictStatement.read(field.signs + field.value, isProse: false)
        }
    }

    /// Names whose value is about something else.
    private static let foreign: Set<String> = [
        "previous", "prior", "earlier", "last", "previously", "original", "initial", "legend", "options", "example",
        "request",
        "tests", "test", "ci", "build", "template", "expected", "date", "reviewer", "criteria", "if", "when", "means",
    ]

    /// "Ready for deployment: Yes".
    private static func answer(_ value: String) -> VerdictStatement? {
        let words = SeverityMark.words(value)
        if words.first == "no" || words.starts(with: ["not", "yet"]) || words.first == "not" {
            return .init(verdict: .notApproved)
        }
        guard words.first == "yes" else { return VerdictStatement.read(value, isProse: false) }
        return VerdictStatement.read("Approved" + value.drop { !$0.isLetter }.dropFirst(3), isProse: false)
    }

    /// A line that is a verdict by the way it stands: alone, in bold, in capitals or behind a sign.
    static func standalone(_ text: String, _ line: ReviewLine) -> VerdictStatement? {
        let words = VerdictWords(text)
        guard let lead = words.lead, lead.range.lowerBound == 0 else { return nil }
        let phrase = words.words[lead.range].map(\.text).joined(separator: " ")
        let isBold = line.text.leadingBold.map { VerdictWords($0).lead != nil } ?? false
        let isLoud = words.words[lead.range].allSatisfy(\.isCapitals) || isBold || VerdictSign(text) != nil
        let isWhole = lead.range.upperBound == words.words.count
        // "Go: after …" answers; "Go through the list" does not.
        let isAnswer = ["go", "ready", "proceed"].contains(phrase) && text.first?.isUppercase == true && !line.isItem
        let isCut = !isWhole && words.words[lead.range.upperBound].isAfterSign
        if VerdictWords.shy.contains(phrase), !isLoud, !(isAnswer && isCut) { return nil }
        if line.isItem || line.headingLevel != nil, !isWhole, !isLoud { return nil }
        return VerdictStatement.read(text, isProse: false)
    }

    /// `### Prompts (✅ Approved)`.
    static func bracketed(_ text: String) -> VerdictStatement? {
        guard let last = text.last, last == ")" || last == "]",
            let open = text.lastIndex(where: { $0 == "(" || $0 == "[" })
        else { return nil }
        let inner = String(text[text.index(after: open)...].dropLast())
        let words = VerdictWords(inner)
        guard let lead = words.lead, lead.range == 0..<words.words.count,
            words.words[0].isCapitals || inner.first?.isUppercase == true
                || VerdictSign(inner) != nil
        else { return nil }
        let phrase = words.words.map(\.text).joined(separator: " ")
        let isLoud = VerdictSign(inner) != nil || words.words[0].isCapitals
        return VerdictWords.shy.contains(phrase) && !isLoud ? nil : VerdictStatement.read(inner, isProse: false)
    }

    /// "I approve …", "I recommend …": the reviewer's own word in the middle of prose.
    static func isOwnWord(_ text: String) -> Bool {
        let words = SeverityMark.words(text)
        let starts = [
            ["i", "approve"], ["i", "recommend"], ["i", "cannot", "approve"], ["i", "can", "t", "approve"],
            ["we", "recommend"],
            ["i", "do", "not", "approve"], ["i", "don", "t", "approve"], ["my", "recommendation"], ["my", "verdict"],
            ["overall"], ["in", "conclusion"], ["in", "summary"], ["this", "is", "approved"], ["the", "verdict"],
        ]
        return starts.contains { words.starts(with: $0) }
    }
}
