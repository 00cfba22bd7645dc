// Owns: `**Severity**: High` inside a finding: which severity it names, also as ticked boxes, and whose it is.
// It belongs to the item, the bold line or the heading around it; that of the whole review belongs to none.
// Never reads the finding itself.

struct SeverityFieldReader {
    /// For each line that begins a finding with such a field, its severity.
    private(set) var starts: [Int: Severity] = [:]
    private let lines: [ReviewLine]
    private let isField: [Bool]
    private let groups: [Severity?]

    init(_ marked: MarkedLines) {
        lines = marked.lines
        isField = marked.isField
        groups = marked.groups
        for index in lines.indices {
            guard let severity = severity(at: index), let start = start(for: index) else { continue }
            if starts[start] == nil { starts[start] = severity }
        }
    }

    /// The severity that a field at the line names.
    private func severity(at index: Int) -> Severity? {
        let line = lines[index]
        switch line.kind {
        case .heading, .item, .paragraph: break
        default: return nil
        }
        let boxes = ReviewBox.read(line.plain)
        // A ticked box that holds a severity and nothing else needs no field around it.
        if ReviewBox.isBoxed(line.plain) {
            guard line.headingLevel == nil else { return nil }
            let options = boxes.filter { SeverityMark.value($0.text) != nil }
            return options.filter(\.isTicked).compactMap { SeverityMark.value($0.text) }.min()
        }
        guard isField[index] else { return nil }
        let label = InlineText.withoutSigns(line.plain)
        let name = label.prefix { $0 != ":" }
        guard FindingFields.name(String(name)) == .severity else { return nil }
        let value = String(label.dropFirst(name.count + 1))
        if !boxes.isEmpty { return boxes.filter(\.isTicked).compactMap { SeverityMark.value($0.text) }.min() }
        if value.contains(where: \.isLetter) { return isOptions(value) ? nil : SeverityMark.value(value) }
        guard let next = lines[(index + 1)...].prefix(3).first(where: { $0.kind != .blank }),
            !ReviewBox.isBoxed(next.plain)
        else { return nil }
        return next.kind == .paragraph || next.isItem ? SeverityMark.value(next.plain) : nil
    }

    /// `Critical / High / Medium / Low`, none chosen.
    private func isOptions(_ value: String) -> Bool {
        SeverityMark.words(value).count { Severity(word: $0) != nil } > 2
    }

    /// The line at which the finding around a field begins.
    private func start(for index: Int) -> Int? {
        let field = lines[index]
        var level = 7
        if let own = field.headingLevel { level = own }
        for place in stride(from: index - 1, through: max(0, index - 200), by: -1) where place >= 0 {
            let line = lines[place]
            let isLabel = isField[place]
            if let other = line.headingLevel {
                if FindingFields.loneName(line) != nil, FindingFields.loneName(line) != .title {
                    level = min(level, other)
                    continue
                }
                guard other < level else { continue }
                if SeverityMark.isGeneric(line.plain) { return index }
                let isWhole = VerdictField.strength(of: line.plain) != .none || groups[place] != nil
                return isWhole ? nil : place
            }
            if line.kind == .rule { return nil }
            if isLabel {
                let isTitle = FindingFields.labels(in: InlineText.withoutSigns(line.plain)).first?.name == .title
                if isTitle, line.indentation <= field.indentation { return place }
                continue
            }
            if line.isItem, field.isItem || field.indentation > 1, line.indentation < field.indentation { return place }
            if line.isNumbered, line.indentation <= field.indentation, !ReviewBox.isBoxed(line.plain) { return place }
            if line.isPseudoHeading, line.text.isBold, groups[place] == nil, field.headingLevel == nil {
                return place
            }
        }
        return index
    }
}
