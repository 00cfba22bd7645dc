// Owns: finding the findings of a review: severities as headings over them, in front of them, as a field, in tables.
// A finding takes the lines up to the next thing of its rank; nothing inside it is a second one.
// Never reads a verdict.

/// Walks through a review's lines and collects its findings.
struct FindingReader {
    private let marked: MarkedLines
    private let bytes: [UInt8]
    private let ranges: [Range<Int>]
    private(set) var findings: [Finding] = []
    /// Numbers of the lines that belong to findings.
    private(set) var covered: Set<Int> = []

    init(_ lines: [ReviewLine], of bytes: [UInt8]) {
        marked = MarkedLines(lines)
        self.bytes = bytes
        ranges = LineScanner.scan(bytes).map(\.content)
        collect(0..<lines.count)
        findings = Self.withoutTwins(findings)
    }

    private var lines: [ReviewLine] { marked.lines }

    // MARK: Walking

    private mutating func collect(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            index = take(index, until: range.upperBound)
        }
    }

    /// Takes what begins at the line and answers where to go on.
    private mutating func take(_ index: Int, until limit: Int) -> Int {
        let line = lines[index]
        switch line.kind {
        case .blank, .code, .rule: return index + 1
        case .row:
            let end = lines[index..<limit].firstIndex { !$0.isRow } ?? limit
            add(FindingTable(lines[index..<end], severity: nil))
            return end
        case .heading, .item, .paragraph: break
        }
        if isMarked(index), FindingText.isSettled(line) { return marked.end(of: index, limit) }
        if let severity = marked.starts[index] {
            let end = marked.end(of: index, limit)
            add(severity, marked.marks[index]?.title ?? withoutMarks(line), index..<end)
            return end
        }
        if let mark = marked.marks[index], !isUntickedOption(index) {
            let end = marked.end(of: index, limit)
            add(mark.severity, mark.title, index..<end)
            return end
        }
        if let severity = marked.groups[index] {
            let end = marked.groupEnd(of: index, limit)
            collectGroup((index + 1)..<end, severity)
            return end
        }
        return index + 1
    }

    /// Whether the line begins something that is or was a finding.
    private func isMarked(_ index: Int) -> Bool {
        let line = lines[index]
        if marked.starts[index] != nil || marked.marks[index] != nil || marked.groups[index] != nil { return true }
        return line.text.hasStrike || line.headingLevel != nil || line.isItem
    }

    /// `- [ ] Critical: …` beside a ticked `- [x] High: …` is an option that was not chosen.
    private func isUntickedOption(_ index: Int) -> Bool {
        guard ReviewBox.read(lines[index].plain).first?.isTicked == false else { return false }
        func isTickedOption(_ line: ReviewLine) -> Bool {
            ReviewBox.isBoxed(line.plain) && ReviewBox.read(line.plain).first?.isTicked == true
                && SeverityMark.words(ReviewBox.withoutBox(line.plain)).first.map { Severity(word: $0) != nil } ?? false
        }
        let before = lines[..<index].suffix(10).reversed().prefix { ReviewBox.isBoxed($0.plain) }
        let after = lines[(index + 1)...].prefix(10).prefix { ReviewBox.isBoxed($0.plain) }
        return before.contains(where: isTickedOption) || after.contains(where: isTickedOption)
    }

    // MARK: Groups

    /// Sub-headings are findings; without them bold lines, numbered items, bullets, paragraphs that begin bold, or all
    /// of it as one.
    private mutating func collectGroup(_ range: Range<Int>, _ severity: Severity) {
        let headings = range.filter { lines[$0].headingLevel != nil && FindingFields.loneName(lines[$0]) == nil }
        guard let first = headings.first else { return collectItems(range, severity) }
        collectItems(range.lowerBound..<first, severity, isIntroduction: true)
        var index = first
        while index < range.upperBound {
            let line = lines[index]
            let end = marked.end(of: index, range.upperBound)
            let isOwn = line.headingLevel != nil && FindingFields.loneName(line) == nil
            if FindingText.isSettled(line) {
                index = end
            } else if marked.groups[index] != nil || marked.marks[index] != nil || marked.starts[index] != nil {
                index = take(index, until: range.upperBound)
            } else if isOwn, !FindingText.isNothing(line.plain) {
                add(severity, withoutMarks(line), index..<end)
                index = end
            } else {
                index += 1
            }
        }
    }

    private mutating func collectItems(_ range: Range<Int>, _ severity: Severity, isIntroduction: Bool = false) {
        let candidates = candidates(range)
        for (position, index) in candidates.enumerated() {
            let limit = position + 1 < candidates.count ? candidates[position + 1] : range.upperBound
            let line = lines[index]
            let words = ReviewBox.withoutBox(line.plain)
            if FindingText.isNothing(words) || FindingText.isSettled(line) { continue }
            let mark = marked.marks[index]
            let end = min(limit, marked.end(of: index, limit))
            add(marked.starts[index] ?? mark?.severity ?? severity, mark?.title ?? words, index..<max(end, index + 1))
        }
        guard candidates.isEmpty else { return }
        if let row = range.first(where: { lines[$0].isRow }) {
            let end = lines[row..<range.upperBound].firstIndex { !$0.isRow } ?? range.upperBound
            return add(FindingTable(lines[row..<end], severity: severity))
        }
        guard !isIntroduction, let prose = range.first(where: { lines[$0].kind == .paragraph }),
            !FindingText.isNothing(lines[prose].plain), !FindingText.isSettled(lines[prose])
        else { return }
        add(severity, lines[prose].plain, prose..<range.upperBound)
    }

    private func candidates(_ range: Range<Int>) -> [Int] {
        let bold = range.filter { lines[$0].isPseudoHeading && lines[$0].text.isBold && !marked.isField[$0] }
        if !bold.isEmpty { return bold }
        let items = range.filter { lines[$0].isItem }
        if let base = items.map({ lines[$0].indentation }).min() {
            let top = items.filter { lines[$0].indentation <= base + 1 }
            let numbered = top.filter { lines[$0].isNumbered && !marked.isField[$0] }
            if !numbered.isEmpty { return numbered }
            let bullets = top.filter { !marked.isField[$0] || isTitled(lines[$0]) }
            if !bullets.isEmpty { return bullets }
        }
        return range.filter { index in
            let isStart = index == range.lowerBound || lines[index - 1].kind == .blank
            return lines[index].kind == .paragraph && isStart && lines[index].text.leadingBold != nil
                && !marked.isField[index]
        }
    }

    /// `- Issue: text` begins a finding; `- Impact: text` goes on with one.
    private func isTitled(_ line: ReviewLine) -> Bool {
        FindingFields.labels(in: InlineText.withoutSigns(line.plain)).first?.name == .title
    }

    // MARK: Making

    private func withoutMarks(_ line: ReviewLine) -> String {
        let plain = InlineText.withoutSigns(ReviewBox.withoutBox(line.plain))
        let title = SeverityMark.withoutLabel(VerdictField.withoutNumber(plain))
        return title.isEmpty ? plain : title
    }

    private mutating func add(_ severity: Severity, _ words: String, _ range: Range<Int>) {
        let first = lines[range.lowerBound]
        let details = FindingFields(lines[range].dropFirst(first.headingLevel == nil ? 0 : 1))
        guard !details.isSettled else { return }
        var title = FindingText.title(
            VerdictField.withoutNumber(InlineText.withoutSigns(words)), bolds: first.text.bolds)
        let isLabel = marked.isField[range.lowerBound] && marked.marks[range.lowerBound] == nil
        if let named = details.title, isLabel || title.isEmpty { title = FindingText.title(named, bolds: []) }
        // A finding that begins with a field: its first other words are the title.
        if isLabel, details.title == nil,
            let other = lines[range].first(where: { $0.kind == .paragraph && !FindingFields.begins($0) })
        {
            title = FindingText.title(other.plain, bolds: other.text.bolds)
        }
        let isOnlySeverity = SeverityMark.words(title).allSatisfy { $0 == "severity" || Severity(word: $0) != nil }
        if title.isEmpty || isOnlySeverity { title = "\(severity) finding in line \(first.number)" }
        let last = range.last { lines[$0].kind != .blank && lines[$0].kind != .rule } ?? range.lowerBound
        covered.formUnion(lines[range].map(\.number))
        let text = (range.lowerBound...last).map { String(decoding: bytes[ranges[$0]], as: UTF8.self) }
        findings.append(
            Finding(
                severity: severity, title: title,
                location: details.location ?? FindingPlace.find(in: lines[range].map(\.plain)), impact: details.impact,
                suggestion: details.suggestion, text: text.joined(separator: "\n"), line: first.number))
    }

    private mutating func add(_ table: FindingTable) {
        for row in table.rows {
            covered.insert(row.line)
            findings.append(
                Finding(
                    severity: row.severity, title: FindingText.title(row.title, bolds: []),
                    location: row.location ?? FindingPlace.find(in: row.cells), impact: row.impact,
                    suggestion: row.suggestion, text: String(decoding: bytes[ranges[row.line - 1]], as: UTF8.self),
                    line: row.line))
        }
    }

    /// A finding listed again, in a summary or a list of actions, is the same one: the longer of the two stays, with the
    /// worse severity and what only the other knows.
    private static func withoutTwins(_ findings: [Finding]) -> [Finding] {
        var kept: [Finding] = []
        var places: [String: [Int]] = [:]
        for finding in findings {
            let twin = places[finding.titleKey, default: []].first { index in
                guard let one = kept[index].location, let other = finding.location else { return true }
                return one == other
            }
            if let twin {
                kept[twin].merge(finding)
            } else {
                places[finding.titleKey, default: []].append(kept.count)
                kept.append(finding)
            }
        }
        return kept
    }
}
