// Owns: who is to review: the field that says it and the folder names it means.
// "Codex, Gemini (technical) and Claude Code" are `codex`, `gemini`, `claude_code`.
// Never checks whether such a reviewer exists.

/// The reviewers a request names.
public enum ReviewerNames {
    /// The folder names in a list of people's names, each once, in order. Brackets are dropped; `,`, `;`, `/`, `&`, `+`
    /// and "and" part names; what no folder can be called is left out.
    public static func list(_ text: String) -> [String] {
        let plain = InlineText.unstyled(withoutBrackets(text))
        var names: [String] = []
        for part in plain.split(whereSeparator: { ",;/&+|·".contains($0) }) {
            for words in part.split(whereSeparator: \.isWhitespace).split(whereSeparator: { $0.lowercased() == "and" })
            {
                let name = folder(words.map(String.init))
                if let name, !names.contains(name) { names.append(name) }
            }
        }
        return names
    }

    /// The folder name of one reviewer, or nil where nothing is left of it.
    public static func folder(_ name: String) -> String? {
        folder(withoutBrackets(name).split { $0.isWhitespace }.map(String.init))
    }

    private static func folder(_ words: [String]) -> String? {
        // "codex – methodology", "codex: methodology": what follows is the role.
        var kept: [String] = []
        for word in words {
            if ["-", "–", "—"].contains(word) { break }
            kept.append(word)
            if word.hasSuffix(":") { break }
        }
        let joined = kept.joined(separator: "_").lowercased()
        let name = joined.unicodeScalars.filter { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "_-.".contains(Character(scalar)))
        }
        let text = String(String.UnicodeScalarView(name)).drop { !$0.isLetter && !$0.isNumber }
        let bare = String(text.reversed().drop { "_-.".contains($0) }.reversed())
        let nobody = ["", "none", "tbd", "na", "n.a", "unassigned", "any", "reviewers", "reviewer", "name", "names"]
        return nobody.contains(bare) || bare.count > 64 ? nil : bare
    }

    /// Reads the field of a request: in one line, over several, or as a list or section below it.
    static func read(_ lines: [ReviewLine]) -> (names: [String], line: Int?) {
        for (index, line) in lines.enumerated() where line.kind != .code && line.kind != .blank {
            guard let value = value(of: line) else { continue }
            let inLine = list(value)
            let names = inLine.isEmpty ? below(line, lines[(index + 1)...]) : inLine
            var seen: Set<String> = []
            return (names.filter { seen.insert($0).inserted }, line.number)
        }
        return ([], nil)
    }

    /// The names in the list or the paragraph behind a field with nothing in its line.
    private static func below(_ line: ReviewLine, _ lines: ArraySlice<ReviewLine>) -> [String] {
        let rest = lines.drop { $0.kind == .blank }
        let items = rest.prefix { $0.isItem || ($0.kind == .blank && line.headingLevel != nil) }.filter(\.isItem)
        guard items.isEmpty else { return items.compactMap { folder(withoutRole(ReviewBox.withoutBox($0.plain))) } }
        return rest.prefix { $0.kind == .paragraph }.flatMap { list($0.plain) }
    }

    /// "codex: methodology", "gemini – technical": the words up to the role.
    private static func withoutRole(_ text: String) -> String {
        text.split { ":(,–—".contains($0) }.first.map(String.init) ?? ""
    }

    private static func value(of line: ReviewLine) -> String? {
        let plain = InlineText.withoutSigns(line.plain)
        let colon = plain.firstIndex(of: ":")
        guard colon != nil || line.headingLevel != nil || line.text.isBold else { return nil }
        let name = plain[..<(colon ?? plain.endIndex)].lowercased().filter { $0.isLetter || $0 == " " }
        let words = name.split(separator: " ").joined(separator: " ")
        guard
            [
                "assigned reviewers", "assigned reviewer", "reviewers", "reviewer", "requested reviewers",
                "requested reviewer",
                "reviewers assigned", "review by", "to be reviewed by",
            ].contains(words)
        else { return nil }
        return colon.map { String(plain[plain.index(after: $0)...]) } ?? ""
    }

    private static func withoutBrackets(_ text: String) -> String {
        var depth = 0
        return String(
            text.filter { character in
                if character == "(" { depth += 1 }
                defer { if character == ")", depth > 0 { depth -= 1 } }
                return depth == 0
            })
    }
}
