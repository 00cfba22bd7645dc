// Owns: walking through a review and collecting the places where it states its verdict.
// Where a section is named for the verdict, prose counts too; elsewhere only what plainly stands as one.
// Never reads findings; it is told where they lie.

/// Walks through a review's lines and collects its verdicts.
struct VerdictReader {
    /// What the review comes to.
    private(set) var verdict: ReviewVerdict

    private let lines: [ReviewLine]
    private let findings: Set<Int>
    private var places: [VerdictPlace] = []
    /// Used where nothing else says anything.
    private var faint: [VerdictPlace] = []
    private var demand: ReviewLine?
    /// A line with a warning in front that states no verdict.
    private var warning: ReviewLine?

    /// - Parameter findings: the numbers of the lines that belong to findings.
    init(_ lines: [ReviewLine], findings: Set<Int>) {
        self.lines = lines
        self.findings = findings
        verdict = ReviewVerdict(verdict: .ambiguous, words: "", line: nil, why: "the review says no verdict")
        var section = Section()
        for index in lines.indices { read(index, &section) }
        let counted = places.isEmpty ? faint : places
        if let decided = VerdictDecision.make(counted, demand: demand, warning: warning) { verdict = decided }
    }

    // MARK: Reading

    /// The heading a line stands under.
    private struct Section {
        var strength = VerdictField.Strength.none
        var level = 1
        /// Whether its first statement has been read.
        var isAnswered = false
        var isNumbered = false
        var asksForWork = false
        /// Whether it tells what was decided some other time.
        var isPast = false

        var isItem: Bool { strength == .none && (level > 2 || isNumbered) }
    }

    private mutating func read(_ index: Int, _ section: inout Section) {
        let line = lines[index]
        let count = places.count
        defer { if places.count == count, !section.isPast { noteWarning(line) } }
        let isInFinding = findings.contains(line.number)
        switch line.kind {
        case .blank, .code, .rule: return
        case .row(let cells):
            if !isInFinding, !section.isPast { readRow(cells, at: index) }
            return
        case .heading(let level):
            readHeading(index, level: level, &section)
            return
        case .item, .paragraph: break
        }
        if section.isPast || (isInFinding && (line.isItem || line.indentation > 1)) { return }
        if section.asksForWork, demand == nil, !FindingText.isNothing(line.plain) { demand = line }
        if readBoxes(line) { return }
        let text = VerdictParagraph.text(lines, at: index)
        if let field = VerdictField(text), readField(field, line, section) {
            if field.strength == .strong { section.isAnswered = true }
            return
        }
        if VerdictParagraph.isContinued(lines, at: index) { return }
        readText(text, line, &section)
    }

    private mutating func readHeading(_ index: Int, level: Int, _ section: inout Section) {
        let line = lines[index]
        section = Section()
        section.level = level
        section.isNumbered = Self.isNumbered(InlineText.withoutSigns(line.plain))
        section.asksForWork = VerdictDemand.isDemand(line.plain)
        section.isPast = VerdictField.isPast(line.plain)
        section.strength = VerdictField.strength(of: InlineText.withoutSigns(line.plain))
        guard !findings.contains(line.number), !section.isPast else { return }
        if let field = VerdictField(line.plain, dashes: true) {
            let isItem = field.strength == .none && (level > 2 || section.isNumbered)
            if let statement = VerdictRecogniser.value(field) {
                add(line, statement, isItem: isItem)
                section.isAnswered = true
            } else if field.strength != .none, section.strength == .none {
                section.strength = field.strength
            }
            return
        }
        if let statement = VerdictRecogniser.bracketed(line.plain) {
            return add(line, statement, isItem: level > 2 || section.isNumbered)
        }
        guard let statement = VerdictRecogniser.standalone(line.plain, line) else { return }
        if Self.isReport(line.plain) {
            return faint.append(VerdictPlace(line: line, statement: statement, isItem: false))
        }
        add(line, statement, isItem: level > 2)
    }

    /// "2. Judge", "Q3: Data", "Item 4": a heading over one item among several.
    private static func isNumbered(_ heading: String) -> Bool {
        let words = heading.prefix { !":–—(".contains($0) }.split(whereSeparator: \.isWhitespace).prefix(2)
        guard let first = words.first else { return false }
        let isName =
            first.prefix { $0.isLetter }.count <= 1
            || ["item", "question", "part", "section", "task", "prompt", "point"].contains(first.lowercased())
        return isName && words.contains { $0.drop { $0.isLetter || $0 == "#" }.first?.isNumber ?? false }
    }

    /// "Issues Found" is also the heading over the issues, "Issues found: none" a report.
    private static func isReport(_ text: String) -> Bool { SeverityMark.words(text).starts(with: ["issues", "found"]) }

    private mutating func noteWarning(_ line: ReviewLine) {
        guard warning == nil, !findings.contains(line.number), SeverityMark.group(line) == nil else { return }
        if let sign = VerdictSign(line.plain), sign != .go,
            !FindingText.isNothing(VerdictDemand.behindColon(line.plain))
        {
            warning = line
        }
    }

    private mutating func readField(_ field: VerdictField, _ line: ReviewLine, _ section: Section) -> Bool {
        guard let statement = VerdictRecogniser.value(field) else {
            return field.strength == .strong && !field.value.isEmpty
        }
        let isOverall = field.name.lowercased().contains("overall") || field.name.lowercased().contains("final")
        let isNamed = field.strength == .none
        add(line, statement, isItem: !isOverall && (isNamed ? section.strength != .strong : section.isItem))
        return true
    }

    private mutating func readText(_ text: String, _ line: ReviewLine, _ section: inout Section) {
        switch section.strength {
        case .strong:
            let statement = VerdictStatement.read(text, isProse: true)
            // Behind the answer only what takes something of it back counts.
            if let statement, !section.isAnswered || (statement.verdict != .approved && !line.isItem) {
                add(line, statement, isItem: false)
                if !line.isItem { section.isAnswered = true }
                return
            }
            let asksForWork = VerdictDemand.isDemand(text) && !FindingText.isNothing(VerdictDemand.behindColon(text))
            if asksForWork || (section.isAnswered && VerdictCondition.takesBack(text)) { demand = demand ?? line }
        case .weak, .yesOrNo:
            if !section.isAnswered, !line.isItem, let statement = VerdictStatement.read(text, isProse: false) {
                add(line, statement, isItem: false)
                section.isAnswered = true
                return
            }
            if let statement = VerdictStatement.read(text, isProse: true), !line.isItem {
                faint.append(VerdictPlace(line: line, statement: statement, isItem: false))
            }
        case .none: break
        }
        if let statement = VerdictRecogniser.standalone(text, line) {
            if text.contains(":"), Self.isReport(text) {
                let isNothing = FindingText.isNothing(VerdictDemand.behindColon(text))
                if !isNothing { faint.append(VerdictPlace(line: line, statement: statement, isItem: false)) }
                return
            }
            add(line, statement, isItem: (line.isItem || section.isNumbered) && section.strength != .strong)
        } else if let statement = VerdictRecogniser.bracketed(text), line.isItem {
            add(line, statement, isItem: true)
        } else if VerdictRecogniser.isOwnWord(text), let statement = VerdictStatement.read(text, isProse: true) {
            faint.append(VerdictPlace(line: line, statement: statement, isItem: false))
        }
    }

    /// Answers true if the boxes were verdicts, ticked or not.
    private mutating func readBoxes(_ line: ReviewLine) -> Bool {
        let options = ReviewBox.read(line.plain).filter { VerdictWords($0.text).lead?.range.lowerBound == 0 }
        for option in options where option.isTicked {
            if let statement = VerdictStatement.read(option.text, isProse: false) {
                add(line, statement, isItem: false)
            }
        }
        return !options.isEmpty
    }

    /// `| Verdict | GO |` and columns of verdicts.
    private mutating func readRow(_ cells: [String], at index: Int) {
        let line = lines[index]
        if cells.count == 2, VerdictField.strength(of: cells[0]) != .none,
            let field = VerdictField("\(cells[0]): \(cells[1])"), let statement = VerdictRecogniser.value(field)
        {
            return add(line, statement, isItem: false)
        }
        guard let first = lines[..<index].lastIndex(where: { !$0.isRow }).map({ $0 + 1 }) ?? (lines.isEmpty ? nil : 0),
            first < index, case .row(let header) = lines[first].kind
        else { return }
        for (name, cell) in zip(header, cells) where VerdictField.strength(of: name) != .none {
            if let statement = VerdictStatement.read(cell, isProse: false) {
                let isOverall = cells.first.map { SeverityMark.words($0).contains("overall") } ?? false
                add(line, statement, isItem: !isOverall)
            }
        }
    }

    private mutating func add(_ line: ReviewLine, _ statement: VerdictStatement, isItem: Bool) {
        places.append(VerdictPlace(line: line, statement: statement, isItem: isItem))
    }
}
