// Owns: finding the parts of a review that explain its words instead of using them: legends, scales, templates.
// A heading's legend goes to the next heading, a paragraph's to the end of its list.
// Never reads a definition.

enum ReviewLegend {
    /// Takes the words from the lines of every legend.
    static func remove(from lines: inout [ReviewLine]) {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            guard isLegend(line) else {
                index += 1
                continue
            }
            var end = index + 1
            if let level = line.headingLevel {
                while end < lines.count, (lines[end].headingLevel ?? 9) > level { end += 1 }
            } else {
                while end < lines.count, !endsList(lines, at: end) { end += 1 }
            }
            for legend in index..<end where lines[legend].kind != .blank { lines[legend].silence() }
            index = end
        }
    }

    private static func endsList(_ lines: [ReviewLine], at index: Int) -> Bool {
        switch lines[index].kind {
        case .heading, .rule: true
        case .paragraph:
            lines[index].indentation < 2 && (lines[index - 1].kind == .blank || lines[index].isPseudoHeading)
        default: false
        }
    }

    private static func isLegend(_ line: ReviewLine) -> Bool {
        switch line.kind {
        case .heading, .paragraph, .item: break
        default: return false
        }
        let colon = line.plain.firstIndex(of: ":")
        let isName = line.headingLevel != nil || line.text.isBold
        guard isName || colon != nil else { return false }
        let name = line.plain[..<(colon ?? line.plain.endIndex)]
        let words = name.lowercased().split { !($0.isLetter || $0.isNumber) }.drop { $0.allSatisfy(\.isNumber) }
        guard (1...4).contains(words.count) else { return false }
        return names.contains(words.joined(separator: " "))
    }

    private static let names: Set<String> = [
        "legend", "key", "severity levels", "severity level definitions", "severity scale", "severity legend",
        "severity definitions", "severity guide", "severity key", "severity ratings", "severity rating scale",
        "severity classification", "severities", "priority levels", "priority legend", "rating scale",
        "response format",
        "response template", "review template", "output format", "expected response", "response structure",
        "verdict options",
        "verdict legend", "verdict scale", "verdict key", "possible verdicts", "definitions", "format", "template",
        "options",
        "status legend", "status key", "scale", "review options",
    ]
}
