// Owns: the fields inside a finding: where, why, what to do, in every dialect people use for their names.
// A field's value goes on over wrapped lines; an empty one is what follows it.
// Never decides where a finding ends.

/// Location, impact and suggestion of a finding.
struct FindingFields: Sendable {
    enum Name: Sendable, Hashable { case location, impact, suggestion, severity, status, title, description, other }

    private var values: [Name: [String]] = [:]

    var location: String? { text(.location) }
    var impact: String? { text(.impact) }
    var suggestion: String? { text(.suggestion) }
    /// Of a finding that has a field for it.
    var title: String? { text(.title) ?? text(.description) }
    /// Whether a status field says that it is resolved.
    var isSettled: Bool {
        guard let status = text(.status) else { return false }
        return FindingText.isSettledWord(InlineText.withoutSigns(status).prefix { $0.isLetter })
    }

    init(_ lines: some Sequence<ReviewLine>) {
        var open: Name?
        // How far a field with nothing behind its name may be from its value.
        var isWaiting = false
        for line in lines {
            switch line.kind {
            case .blank:
                if !isWaiting { open = nil }
                continue
            case .code, .rule, .row:
                open = nil
                continue
            case .heading, .item, .paragraph: break
            }
            let plain = ReviewBox.withoutBox(line.plain)
            let labels = Self.labels(in: plain)
            if let name = Self.loneName(line) {
                open = name
                isWaiting = true
            } else if !labels.isEmpty {
                open = nil
                for (name, value) in labels {
                    add(value, to: name)
                    open = name
                    isWaiting = value.isEmpty
                }
            } else if let name = open, line.headingLevel == nil, isWaiting || !line.isItem {
                add(plain, to: name)
                isWaiting = isWaiting && line.isItem
            } else {
                open = nil
            }
        }
    }

    private mutating func add(_ value: String, to name: Name) {
        guard value.contains(where: { $0.isLetter || $0.isNumber }) else { return }
        values[name, default: []].append(value)
    }

    private func text(_ name: Name) -> String? {
        guard let parts = values[name] else { return nil }
        let text = PlainText.line(parts.joined(separator: " "))
        return text.isEmpty ? nil : text
    }

    // MARK: Names

    /// `**Impact**` or `#### Impact`, alone on its line.
    static func loneName(_ line: ReviewLine) -> Name? {
        guard line.headingLevel != nil || line.text.isBold else { return nil }
        let signs = InlineText.withoutSigns(line.plain)
        return name(String(signs.reversed().drop { $0 == ":" }.reversed()))
    }

    /// Whether the line begins with a field of a finding, alone on its line or not.
    static func begins(_ line: ReviewLine) -> Bool {
        if loneName(line) != nil { return true }
        let plain = InlineText.withoutSigns(ReviewBox.withoutBox(line.plain))
        guard let colon = plain.prefix(40).firstIndex(of: ":") else { return false }
        return name(String(plain[..<colon])) != nil
    }

    static func name(_ text: String) -> Name? {
        let bare = text.split { $0 == "(" }.first.map(String.init) ?? ""
        let words = SeverityMark.words(bare)
        guard words.count <= 4 else { return nil }
        switch words.joined(separator: " ") {
        case "location", "locations", "file", "files", "where", "line", "lines", "path", "paths", "affected files",
            "affected file", "code location", "file path", "files affected", "file and line", "file line", "affected",
            "affected code", "reference", "evidence location", "code", "source", "lines affected", "location s",
            "file s",
            "line s":
            return .location
        case "impact", "why", "why it matters", "why this matters", "risk", "consequence", "consequences", "effect",
            "why this is a problem", "rationale", "potential impact", "reason", "effects", "implication",
            "implications",
            "why it s a problem", "why is this a problem":
            return .impact
        case "suggestion", "suggestions", "recommendation", "recommendations", "recommended fix", "fix",
            "suggested fix",
            "action", "actions", "required action", "recommended action", "solution", "proposed fix", "remedy",
            "how to fix", "mitigation", "action required", "required fix", "suggested action", "recommended solution",
            "proposed solution", "remediation", "suggested change", "required change", "possible fix", "fix required",
            "suggested solution", "action item", "resolution", "fix suggestion":
            return .suggestion
        case "severity", "severity level": return .severity
        case "status": return .status
        case "issue", "finding", "title", "problem", "bug": return .title
        case "description", "details": return .description
        case "detail", "evidence", "example", "note", "notes", "effort", "estimated effort",
            "priority", "category", "type", "confidence", "context", "current", "expected", "actual", "observation",
            "current behavior", "expected behavior", "verification", "test", "analysis", "current code", "root cause",
            "what", "explanation", "estimated time", "likelihood", "owner", "id", "area", "component", "examples",
            "cause":
            return .other
        default: return nil
        }
    }

    /// The words in front of the first field inside them.
    static func beforeLabels(_ text: String) -> Substring {
        guard let first = places(in: text).first, first.start > text.startIndex else { return text[...] }
        return text[..<first.start]
    }

    static func labels(in text: String) -> [(name: Name, value: String)] {
        let places = places(in: text)
        return places.enumerated().map { index, place in
            let end = index + 1 < places.count ? places[index + 1].start : text.endIndex
            let value = text[place.value..<end].reversed().drop { $0.isWhitespace || "|;–—-(".contains($0) }
            return (place.name, String(value.reversed().drop(while: \.isWhitespace)))
        }
    }

    /// Names with a colon at the beginning and, with a capital, behind the end of a sentence, `|`, `;`, or a dash.
    private static func places(in text: String) -> [(name: Name, start: String.Index, value: String.Index)] {
        var places: [(name: Name, start: String.Index, value: String.Index)] = []
        var boundary = text.startIndex
        var isFirst = true
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            let next = text.index(after: index)
            if character == ":" {
                let label = text[boundary..<index]
                let start = label.firstIndex { $0.isLetter || $0.isNumber } ?? index
                let isNamed = isFirst || label[start...].first?.isUppercase == true
                if label.count <= 40, isNamed, let name = name(String(label[start...])) {
                    places.append((name, start, next))
                }
                boundary = next
                isFirst = false
            } else if next == text.endIndex || text[next].isWhitespace, ".;|–—-)!?,".contains(character) {
                boundary = next
                isFirst = false
            }
            index = next
        }
        return places
    }
}
