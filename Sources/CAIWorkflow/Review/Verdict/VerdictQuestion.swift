// Owns: what asks for a verdict without giving one: "Go/No-Go", lists of the possible answers, quotations.
// All are full of verdict words and state nothing.
// Never reads an answer.

enum VerdictQuestion {
    /// "Go/No-Go" is the name of the question, not an answer.
    static func removed(from text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            let isStart = result.last.map { !($0.isLetter || $0.isNumber) } ?? true
            if isStart, character.lowercased() == "g", let length = questionLength(rest) {
                rest = rest.dropFirst(length)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// Characters of "Go/No-Go", "GO / NO GO", "go or no-go", "go-no-go" at the beginning.
    private static func questionLength(_ text: Substring) -> Int? {
        let shape = text.prefix(16).lowercased()
        for middle in ["/", " / ", " or ", "-", " vs ", " vs. ", "–"] {
            for ending in ["no-go", "no go", "nogo", "no‑go"] where shape.hasPrefix("go" + middle + ending) {
                let length = 2 + middle.count + ending.count
                let next = text.dropFirst(length).first
                return next.map { $0.isLetter || $0.isNumber } ?? false ? nil : length
            }
        }
        return nil
    }

    /// `✅ Approved / ⚠️ Issues Found`, `GO | ITERATE | SCALE`: several verdicts, none of them chosen.
    static func isListOfOptions(_ text: String) -> Bool {
        let inner = text.filter { !"[](){}<>".contains($0) }
        for separator in ["/", "|", " or ", "·"] {
            let parts = split(inner, by: separator)
            let readable = parts.filter { $0.contains(where: \.isLetter) }
            guard readable.count > 1 else { continue }
            let isOption = readable.map { part in
                let words = VerdictWords(part)
                guard let lead = words.lead else { return false }
                let next = words.words[lead.range.upperBound...].first
                return next == nil || next?.text == "with"
            }
            if isOption.allSatisfy({ $0 }) { return true }
        }
        return false
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        var parts: [String] = []
        var rest = text[...]
        while let found = rest.firstRange(of: separator) {
            parts.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return parts + [String(rest)]
    }

    /// Without what stands in quotation marks, unless little else is said: `Verdict: "GO"` is an answer.
    static func withoutQuotations(_ text: String) -> String {
        var kept = ""
        var isInside = false
        for character in text {
            if "\"“”„".contains(character) {
                isInside = character == "“" || character == "„" || (character == "\"" && !isInside)
            } else if !isInside {
                kept.append(character)
            }
        }
        let words = kept.split { !($0.isLetter || $0.isNumber) }
        return isInside || words.count < 3 ? text.filter { !"\"“”„".contains($0) } : kept
    }
}
