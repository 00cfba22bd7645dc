// Owns: what a reader sees of one line of markdown: without emphasis, links, tags and what is struck through.
// Says which part of it was struck, bold or code, where that changes what a reviewer means.
// Never looks at another line and never returns a control character.

/// The words of one line, markup taken off.
struct InlineText: Sendable, Equatable {
    /// One line, white space as single spaces.
    let plain: String
    /// Whether `~~…~~` stood in it.
    let hasStrike: Bool
    /// Whether it begins with `~~…~~`, signs in front not counted.
    let beginsWithStrike: Bool
    /// What stands in bold, in order.
    let bolds: [String]
    /// What stands in bold at the very beginning, signs in front not counted: `**HIGH** text` → `HIGH`.
    let leadingBold: String?

    init(_ text: String) {
        let (kept, struck) = Self.withoutStrikes(text)
        hasStrike = struck
        beginsWithStrike = struck && Self.withoutSigns(text).hasPrefix("~~")
        let parts = Self.separated(Self.withoutSigns(kept.replacing("__", with: "**")), by: "**")
        // What is not closed is not bold.
        let inside = parts.indices.filter { $0 % 2 == 1 && $0 < parts.count - 1 }
        bolds = inside.map { Self.unstyled(parts[$0]) }
        leadingBold = parts[0].isEmpty ? bolds.first : nil
        plain = Self.unstyled(kept)
    }

    /// Whether the whole line is bold, a colon behind it and signs in front not counted.
    var isBold: Bool {
        guard let leadingBold else { return false }
        return Self.trimmed(leadingBold) == Self.trimmed(Self.withoutSigns(plain))
    }

    /// The text without emoji, arrows, quotation marks, bullets and space in front.
    static func withoutSigns(_ text: String) -> String {
        String(text.drop { !($0.isLetter || $0.isNumber || "*_[(~`<".contains($0)) })
    }

    /// Emphasis, code marks, tags and links removed; what they enclose stays.
    static func unstyled(_ text: String) -> String {
        var result = ""
        var previous: Character = " "
        var characters = Array(withoutLinks(text))[...]
        while let character = characters.popFirst() {
            let next = characters.first ?? " "
            let isWordEdge = !(previous.isLetter || previous.isNumber) || !(next.isLetter || next.isNumber)
            switch character {
            case "\\" where next.isPunctuation || next.isSymbol: break
            case "*", "`": break
            case "_" where isWordEdge && !(isWord(previous) && next == "."): break
            case "<" where next.isLetter || next == "/":
                if let end = characters.prefix(40).firstIndex(of: ">") {
                    characters = characters[(end + 1)...]
                    result.append(" ")
                } else {
                    result.append(character)
                }
            default: result.append(character)
            }
            previous = character
        }
        return PlainText.line(result, limit: 4000)
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    /// `[text](target)` and `![text](target)` become `text`.
    private static func withoutLinks(_ text: String) -> String {
        guard text.contains("](") else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            let label = rest[rest.index(after: open)...]
            guard let close = label.firstIndex(of: "]"), label[close...].hasPrefix("]("),
                let end = label[close...].firstIndex(of: ")")
            else {
                result += rest[...open]
                rest = label
                continue
            }
            result += (rest[..<open].last == "!" ? rest[..<open].dropLast() : rest[..<open]) + label[..<close]
            rest = label[label.index(after: end)...]
        }
        return result + rest
    }

    /// The text without its closed `~~…~~` spans, and whether there was one.
    private static func withoutStrikes(_ text: String) -> (text: String, hasStrike: Bool) {
        let parts = separated(text, by: "~~")
        guard parts.count > 2 else { return (text, false) }
        var kept = ""
        for (index, part) in parts.enumerated() {
            let isOpenEnd = index == parts.count - 1 && index % 2 == 1
            if index % 2 == 0 || isOpenEnd { kept += (isOpenEnd ? "~~" : " ") + part }
        }
        return (kept, true)
    }

    private static func separated(_ text: String, by mark: String) -> [String] {
        guard let sign = mark.first, text.contains(mark) else { return [text] }
        var parts = [""]
        var characters = Array(text)[...]
        while let character = characters.popFirst() {
            if character == sign, characters.first == sign {
                characters.removeFirst()
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    /// Without space and closing signs at the end.
    private static func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0.isWhitespace || ":.!".contains($0) }.reversed())
    }
}
