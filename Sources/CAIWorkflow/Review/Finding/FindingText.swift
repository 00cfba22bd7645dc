// Owns: the small judgements about a finding's words: is it none at all, a count, taken back; what is its title.
// "None of the seeds is set" is a finding; "None found" is not.
// Never looks at a severity.

enum FindingText {
    /// "None.", "N/A", "No critical issues found", "-": words that say there is no finding.
    static func isNothing(_ text: String) -> Bool {
        let words = SeverityMark.words(text)
        guard let first = words.first else { return true }
        switch first {
        case "none", "nil":
            return !["of", "is", "are"].contains(words.dropFirst().first)
        case "all", "both", "now", "already":
            return words.count <= 4 && words.last.map { isSettledWord($0) } ?? false
        case "na": return words.count == 1
        case "n": return words.dropFirst().first == "a"
        case "not": return words.starts(with: ["not", "applicable"])
        case "nothing": return words.count <= 6 && !words.contains("is")
        case "no", "zero": return names(words.dropFirst().prefix(5))
        case "there", "i", "we", "did", "have":
            let isDenied = words.prefix(5).contains { ["no", "not", "none"].contains($0) }
            return isDenied && words.count <= 14 && names(words.prefix(8)[...])
        default: return false
        }
    }

    private static func names(_ words: ArraySlice<String>) -> Bool {
        let things: Set<String> = [
            "issue", "issues", "finding", "findings", "problem", "problems", "concern", "concerns", "blocker",
            "blockers",
            "bug", "bugs", "items", "critical", "fatal", "severity",
        ]
        return words.contains { things.contains($0) }
    }

    /// "2", "3 issues", "1 (memory)", "0 found": a summary's number.
    static func isCount(_ text: String) -> Bool {
        let words = SeverityMark.words(text)
        guard let first = words.first, first.allSatisfy(\.isNumber), text.first?.isNumber == true else { return false }
        guard words.count > 1 else { return true }
        let behind = text.drop { $0.isNumber }.drop { $0.isWhitespace }
        let nouns = [
            "issue", "issues", "finding", "findings", "problem", "problems", "item", "items", "open", "found", "total",
        ]
        return ",;(|/".contains(behind.first ?? "x") || nouns.contains(words[1]) || Severity(word: words[1]) != nil
    }

    /// Struck through, or marked as retracted, resolved, fixed.
    static func isSettled(_ line: ReviewLine) -> Bool {
        let plain = ReviewBox.withoutBox(line.plain)
        if line.text.hasStrike {
            let rest = InlineText.withoutSigns(plain)
            let isBare = SeverityMark.words(rest).allSatisfy { Severity(word: $0) != nil || $0.allSatisfy(\.isNumber) }
            if isBare || rest.hasPrefix("(") || rest.hasPrefix("[") { return true }
            if line.text.beginsWithStrike { return SeverityMark.finding(line) == nil }
        }
        if plain.hasPrefix("✅"), startsWithSeverity(plain) { return true }
        let leading = InlineText.withoutSigns(plain).prefix { $0.isLetter }
        let next = InlineText.withoutSigns(plain).dropFirst(leading.count).first { $0 != " " }
        if isSettledWord(leading), leading.allSatisfy(\.isUppercase) || ":–—".contains(next ?? " ") { return true }
        var rest = plain[...]
        while let open = rest.firstIndex(where: { "([".contains($0) }) {
            rest = rest[rest.index(after: open)...]
            let inner = SeverityMark.words(String(rest.prefix { !")]".contains($0) }))
            let follows =
                inner.count < 2 || ["in", "by", "see", "on", "after", "since", "now", "as", "the"].contains(inner[1])
            if let first = inner.first, isSettledWord(first), follows { return true }
        }
        guard line.headingLevel != nil || line.text.isBold else { return false }
        // "Critical issues resolved", "HIGH: title — RETRACTED"; but "HIGH: conflicts are not resolved".
        guard let last = plain.split(whereSeparator: \.isWhitespace).last, isSettledWord(last.filter(\.isLetter)) else {
            return false
        }
        let before = String(InlineText.withoutSigns(String(plain[..<last.startIndex])))
        return SeverityMark.group(before) != nil || "—–-:✅".contains(before.last { !$0.isWhitespace } ?? " ")
    }

    private static func startsWithSeverity(_ plain: String) -> Bool {
        SeverityMark.words(plain).first.map { Severity(word: $0) != nil } ?? false
    }

    static func isSettledWord(_ word: some StringProtocol) -> Bool {
        ["retracted", "withdrawn", "resolved", "fixed", "closed", "obsolete"].contains(word.lowercased())
    }

    // MARK: Titles

    /// The title of a finding that begins with these words.
    /// - Parameter bolds: what stands in bold in the line; at the beginning of the words it is the title.
    static func title(_ words: String, bolds: [String]) -> String {
        let words = withoutPlace(withoutIdentifier(SeverityMark.withoutSeparators(words)))
        for bold in bolds {
            // `**[HIGH] Title** – text`: the mark has gone from the words, not from the bold.
            let parts = bold.split(separator: " ")
            for start in 0..<min(5, parts.count) {
                let tail = withoutIdentifier(SeverityMark.withoutSeparators(parts[start...].joined(separator: " ")))
                if words.hasPrefix(tail), SeverityMark.words(tail).count > 1 { return closed(tail) }
            }
        }
        var title = String(FindingFields.beforeLabels(words))
        if let end = sentenceEnd(title) { title = String(title[..<end]) }
        if title.count > 100 {
            let far = title.index(title.startIndex, offsetBy: 15)
            let cut = title.indices.first { index in
                guard index > far, "—–;:-".contains(title[index]) else { return false }
                let next = title.index(after: index)
                let isFree = title[index] != "-" || title[title.index(before: index)] == " "
                return isFree && next < title.endIndex && title[next].isWhitespace
            }
            title = String(title[..<(cut ?? title.endIndex)])
        }
        return closed(title)
    }

    private static func sentenceEnd(_ text: String) -> String.Index? {
        text.indices.first { index in
            guard text[index] == ".", case let next = text.index(after: index), next < text.endIndex else {
                return false
            }
            let isAbbreviation = ["e.g", "i.e", "vs", "etc", "cf"].contains {
                text[..<index].lowercased().hasSuffix($0)
            }
            return text[next].isWhitespace && !isAbbreviation && text.distance(from: text.startIndex, to: index) > 5
        }
    }

    /// Without an identifier in front: "C1 — The split leaks" → "The split leaks".
    private static func withoutIdentifier(_ text: String) -> String {
        let name = text.prefix { $0.isUppercase || $0 == "-" }
        let number = text.dropFirst(name.count).prefix { $0.isNumber }
        let rest = text.dropFirst(name.count + number.count).drop { " ])".contains($0) }
        guard (1...8).contains(name.count), !number.isEmpty, ":–—-.".contains(rest.first ?? " ") else { return text }
        let title = rest.dropFirst().drop { $0.isWhitespace || "–—-".contains($0) }
        return title.contains(where: \.isLetter) && rest.dropFirst().first == " " ? String(title) : text
    }

    /// Without a place in front: "a.py:12 – Missing seed" → "Missing seed".
    private static func withoutPlace(_ text: String) -> String {
        let first = text.prefix { !$0.isWhitespace }
        let rest = SeverityMark.withoutSeparators(text.dropFirst(first.count))
        let place = first.reversed().drop { ":–—-".contains($0) }
        guard FindingPlace.isPath(String(place.reversed())), rest.count > 8 else { return text }
        let next = text.dropFirst(first.count).drop(while: \.isWhitespace).first ?? " "
        return "–—-:".contains(next) || first.hasSuffix(":") ? rest : text
    }

    /// Without a place at the end: "Missing seed (a.py:12)", "Missing seed — a.py:12".
    private static func withoutLastPlace(_ title: String) -> String {
        let before = title.dropLast(title.reversed().prefix { !$0.isWhitespace }.count)
        let last = title.dropFirst(before.count).filter { !"()[]".contains($0) }
        let front = before.reversed().drop(while: \.isWhitespace)
        let isBracketed = title.hasSuffix(")") || title.hasSuffix("]")
        guard FindingPlace.isPath(String(last)), front.count > 8 else { return title }
        guard
            "—–-:".contains(front.first ?? " ")
                || (isBracketed && "([".contains(title.dropFirst(before.count).first ?? " "))
        else {
            return title
        }
        return String(front.reversed())
    }

    private static func closed(_ title: String) -> String {
        let title = withoutLastPlace(title)
        let end = title.reversed().drop { $0.isWhitespace || ".:;,–—-".contains($0) }
        return PlainText.line(String(end.reversed()), limit: 160)
    }
}
