// Owns: recognising a severity in a line: as a heading over findings, in front of a finding, behind one, as a value.
// A severity word inside a sentence, a count ("2 HIGH") and an option that nobody ticked are no marks.
// Never looks at another line.

/// A severity and the finding it stands at.
struct SeverityMark: Sendable {
    let severity: Severity
    /// What follows the mark, or stands before it; words only.
    let title: String

    // MARK: Values

    /// A text that is nothing but a severity: the value of a field, a table's cell, what stands in brackets. An
    /// explanation behind a comma, dash or bracket does not count.
    static func value(_ text: String) -> Severity? {
        let signs = InlineText.withoutSigns(text).drop { "([".contains($0) }
        let end = signs.indices.first { ",(–—;.|".contains(signs[$0]) || signs[$0...].hasPrefix(" - ") }
        let words = words(String(signs[..<(end ?? signs.endIndex)]))
        let severities = words.compactMap { Severity(word: $0) }
        let others = words.filter { Severity(word: $0) == nil && !["severity", "priority", "and", "to"].contains($0) }
        guard words.count <= 5, others.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return nil }
        return severities.min()
    }

    // MARK: Headings

    /// The severity of a line that says nothing else: `### 🚨 CRITICAL`, `**High Priority Issues (2)**`, `LOW:`.
    static func group(_ line: ReviewLine) -> Severity? {
        switch line.kind {
        case .heading, .paragraph, .item: break
        default: return nil
        }
        if ReviewBox.isBoxed(line.plain) {
            let isChosen = ReviewBox.read(line.plain).first?.isTicked == true
            return isChosen && line.headingLevel != nil ? value(ReviewBox.withoutBox(line.plain)) : nil
        }
        let text = VerdictField.withoutNumber(InlineText.withoutSigns(line.plain))
        // `**Severity**: High` is a field of a finding; as a heading it stands over findings.
        guard line.headingLevel != nil || Severity(word: text.prefix { $0.isLetter }) != nil else { return nil }
        guard let severity = group(text) else { return nil }
        let isSignLed = line.plain.first.map { !($0.isLetter || $0.isNumber || "([".contains($0)) } ?? false
        let isStyled =
            line.headingLevel != nil || line.text.isBold || line.plain.hasSuffix(":") || isSignLed
            || text.prefix { $0.isLetter }.allSatisfy(\.isUppercase)
        return isStyled ? severity : nil
    }

    /// The worst severity in words that name a group of findings: "Critical & High Priority Issues (2)".
    static func group(_ text: String) -> Severity? {
        guard text.count <= 100 else { return nil }
        let words = words(withoutBrackets(text)).drop { ["severity", "priority", "level"].contains($0) }
        guard let first = words.first, Severity(word: first) != nil,
            words.allSatisfy({ groupWords.contains($0) || Severity(word: $0) != nil || $0.allSatisfy(\.isNumber) })
        else { return nil }
        return words.compactMap { Severity(word: $0) }.min()
    }

    /// "Remaining concerns", "Findings": a heading over findings that says nothing about one.
    static func isGeneric(_ heading: String) -> Bool {
        let words = words(VerdictField.withoutNumber(InlineText.withoutSigns(heading)))
        return words.allSatisfy { groupWords.contains($0) || $0 == "detailed" || $0 == "review" }
    }

    private static let groupWords: Set<String> = [
        "issue", "issues", "finding", "findings", "problem", "problems", "priority", "severity", "concern", "concerns",
        "bug",
        "bugs", "item", "items", "improvement", "improvements", "recommendation", "recommendations", "fix", "fixes",
        "found",
        "identified", "required", "needed", "remaining", "open", "notes", "comments", "points", "changes", "errors",
        "defects", "observations", "enhancements", "optional", "must", "should", "address", "nice", "to", "have", "and",
        "or",
        "be", "before", "for", "deployment", "fixed", "addressed", "soon", "first", "only", "new", "immediately",
        "action",
        "actions", "blocking", "non", "future", "consideration", "impact", "risks", "gaps", "flaw", "flaws", "weakness",
        "weaknesses", "error", "tasks", "warnings",
    ]

    // MARK: Findings

    /// The mark of a line that is a finding with a severity of its own.
    static func finding(_ line: ReviewLine) -> SeverityMark? {
        let isPlace: Bool
        switch line.kind {
        case .heading, .item: isPlace = true
        case .paragraph: isPlace = line.text.leadingBold != nil && !FindingFields.begins(line)
        default: return nil
        }
        let plain = ReviewBox.withoutBox(line.plain)
        let text = withoutLabel(VerdictField.withoutNumber(InlineText.withoutSigns(plain)))
        let mark = bracketed(text, isPlace) ?? named(text, line, isPlace) ?? (isPlace ? inside(text, line) : nil)
        guard let mark, mark.title.contains(where: \.isLetter), !FindingText.isNothing(mark.title),
            !FindingText.isCount(mark.title), !(mark.title.hasPrefix("[") && mark.title.hasSuffix("]"))
        else { return nil }
        return mark
    }

    /// `[CRITICAL] title`, `(HIGH) title`, `[P1] title`.
    private static func bracketed(_ text: String, _ isPlace: Bool) -> SeverityMark? {
        guard let open = text.first, open == "[" || (open == "(" && isPlace) else { return nil }
        guard let close = text.prefix(40).firstIndex(of: open == "[" ? "]" : ")") else { return nil }
        let inner = String(text[..<close].dropFirst())
        let rest = withoutSeparators(text[text.index(after: close)...])
        let levels: [String: Severity] = ["P0": .critical, "P1": .high, "P2": .medium, "P3": .low]
        guard let severity = value(inner) ?? levels[inner] else { return nil }
        return SeverityMark(severity: severity, title: rest)
    }

    /// `CRITICAL: title`, `**High** – title`, `HIGH-2 (blocking): title`, `Medium Issue: title`.
    private static func named(_ text: String, _ line: ReviewLine, _ isPlace: Bool) -> SeverityMark? {
        let name = text.prefix { $0.isLetter }
        guard let first = Severity(word: name) else { return nil }
        var severity = first
        let isCapitals = name.allSatisfy(\.isUppercase)
        let isSignLed = line.plain.first.map { !($0.isLetter || $0.isNumber) } ?? false
        let isBold = line.text.leadingBold.map { words($0).contains(name.lowercased()) } ?? false
        guard isPlace || isCapitals || isBold || isSignLed else { return nil }
        var rest = text.dropFirst(name.count)
        while let next = rest.first {
            let sign = rest.first { $0 != " " } ?? " "
            if ":–—→|".contains(sign) || rest.hasPrefix(" - ") {
                return SeverityMark(severity: severity, title: withoutSeparators(rest))
            }
            let word = rest.drop { " -#/&".contains($0) }.prefix { $0.isLetter || $0.isNumber }
            if next == "(", let close = rest.firstIndex(of: ")") {
                rest = rest[rest.index(after: close)...]
            } else if next == " ", rest.dropFirst().first == "(" {
                rest = rest.dropFirst()
            } else if let other = Severity(word: word) {
                severity = min(severity, other)
                rest = rest[word.endIndex...]
            } else if nouns.contains(word.lowercased()) || (!word.isEmpty && word.allSatisfy(\.isNumber)) {
                rest = rest[word.endIndex...]
            } else {
                break
            }
        }
        // `**HIGH** title`: the bold is the separator.
        let bold = line.text.leadingBold.flatMap { value($0) }
        guard bold != nil, isPlace || isCapitals, rest.first == " " else { return nil }
        return SeverityMark(severity: severity, title: withoutSeparators(rest))
    }

    private static let nouns: Set<String> = [
        "issue", "finding", "problem", "bug", "priority", "severity", "concern", "blocker", "flaw", "error", "gap",
        "weakness", "and", "or",
    ]

    /// `title (HIGH)`, `**title** [CRITICAL]: text`, `title — Severity: High`.
    private static func inside(_ text: String, _ line: ReviewLine) -> SeverityMark? {
        if let found = text.lowercased().firstRange(of: "severity:") {
            let before = text.prefix(
                text.lowercased().distance(from: text.lowercased().startIndex, to: found.lowerBound))
            let after = text.dropFirst(before.count + 9)
            let isOwn = before.contains(where: \.isLetter) && !before.lowercased().hasSuffix("overall ")
            if isOwn, let severity = value(String(after.prefix { !"),;|".contains($0) })) {
                return SeverityMark(severity: severity, title: trimmedEnd(before))
            }
        }
        for (open, close) in [("(", ")"), ("[", "]")] as [(Character, Character)] {
            var rest = text.prefix(300)
            while let start = rest.firstIndex(of: open), let end = rest[start...].firstIndex(of: close) {
                let inner = String(rest[rest.index(after: start)..<end])
                let behind = rest[rest.index(after: end)...].drop(while: \.isWhitespace)
                let stands = behind.isEmpty || ":–—-.,".contains(behind.first ?? " ")
                let isCapitals = inner.contains(where: \.isLetter) && !inner.contains(where: \.isLowercase)
                let isLoud = line.headingLevel != nil || isCapitals || inner.lowercased().contains("severity")
                if stands, isLoud, let severity = value(inner) {
                    return SeverityMark(severity: severity, title: trimmedEnd(text[..<start]))
                }
                rest = rest[rest.index(after: end)...]
            }
        }
        return nil
    }

    // MARK: Texts

    /// "Issue 1: …" → "…", where a number follows the label.
    static func withoutLabel(_ text: String) -> String {
        let label = text.prefix { $0.isLetter }
        guard ["issue", "finding", "problem", "bug", "concern", "item"].contains(label.lowercased()) else {
            return text
        }
        let number = text.dropFirst(label.count).drop { " #".contains($0) }
        let rest = number.drop { $0.isNumber || $0 == "." }
        guard rest.count < number.count else { return text }
        let title = withoutSeparators(rest)
        return title.isEmpty ? text : title
    }

    static func withoutSeparators(_ text: some StringProtocol) -> String {
        String(text.drop { $0.isWhitespace || ":–—-→|".contains($0) })
    }

    private static func trimmedEnd(_ text: some StringProtocol) -> String {
        String(text.reversed().drop { $0.isWhitespace || ":–—-|,([".contains($0) }.reversed())
    }

    private static func withoutBrackets(_ text: String) -> String {
        var depth = 0
        return String(
            text.filter { character in
                if "([".contains(character) { depth += 1 }
                defer { if ")]".contains(character), depth > 0 { depth -= 1 } }
                return depth == 0
            })
    }

    static func words(_ text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }
}
