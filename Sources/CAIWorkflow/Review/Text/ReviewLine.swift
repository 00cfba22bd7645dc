// Owns: one line of a review as the readers of verdicts and findings see it: what it is and which words it has.
// Code, quotations and comments are lines without words: nothing in them is the reviewer's own statement.
// Never decides what the words mean.

/// One line of a review.
struct ReviewLine: Sendable {
    enum Kind: Sendable, Equatable {
        case blank, code, rule, paragraph
        /// 1 to 6.
        case heading(Int)
        /// Columns of white space in front of the marker.
        case item(indentation: Int, isNumbered: Bool)
        /// A row of a table: its cells, words only.
        case row([String])
    }

    /// 1-based.
    let number: Int
    var kind: Kind
    var indentation: Int
    /// What follows the heading's or the item's marker, as written; at most 4,000 bytes of it.
    var body: String
    /// The words of `body`.
    var text: InlineText

    var plain: String { text.plain }

    var isItem: Bool {
        if case .item = kind { return true }
        return false
    }

    /// Columns of white space before the marker of a list item; nil for any other line.
    var itemIndentation: Int? {
        if case .item(let indentation, _) = kind { return indentation }
        return nil
    }

    // Inlined, it crashes the optimiser of Swift 6.3.1.
    @inline(never)
    var headingLevel: Int? {
        if case .heading(let level) = kind { return level }
        return nil
    }

    /// A paragraph line that stands for a heading: wholly bold, or a few words and a colon.
    var isPseudoHeading: Bool {
        guard kind == .paragraph, indentation < 4, !plain.isEmpty else { return false }
        return text.isBold || (plain.hasSuffix(":") && plain.count <= 60 && !plain.dropLast().contains(":"))
    }

    /// The lines of a file.
    static func read(_ bytes: [UInt8]) -> [ReviewLine] {
        var lines: [ReviewLine] = []
        var isInList = false
        for line in LineScanner.scan(bytes) {
            var read = ReviewLine(line, of: bytes)
            if read.isItem { isInList = true }
            if read.kind == .paragraph, read.indentation < 2, lines.last?.kind == .blank { isInList = false }
            if read.headingLevel != nil { isInList = false }
            let continues = lines.last?.kind == .paragraph
            if read.kind == .paragraph, read.indentation > 3, !isInList, !continues { read.kind = .code }
            if let level = read.underlineLevel, let last = lines.indices.last, lines[last].kind == .paragraph,
                last == 0 || lines[last - 1].kind == .blank
            {
                lines[last].kind = .heading(level)
                read.kind = .blank
            }
            lines.append(read)
        }
        strikeAcrossLines(&lines)
        ReviewLegend.remove(from: &lines)
        return lines
    }

    private init(_ line: MarkdownLine, of bytes: [UInt8]) {
        number = line.number
        indentation = line.indentation
        var range = line.content
        if line.isBlank {
            kind = .blank
        } else if line.region != .text || line.quoteDepth > 0 {
            kind = .code
        } else if let heading = line.heading {
            kind = .heading(heading.level)
            range = heading.text
        } else if let item = line.listItem {
            var cursor = LineCursor(bytes, line.content)
            cursor.skipWhitespace()
            let isNumbered = cursor.byte().map(LineCursor.isDigit) ?? false
            kind = .item(indentation: line.indentation, isNumbered: isNumbered)
            range = item
        } else {
            var cursor = LineCursor(bytes, line.content)
            cursor.skipWhitespace()
            kind = cursor.isThematicBreak ? .rule : cursor.byte() == UInt8(ascii: "|") ? .row([]) : .paragraph
        }
        let isCode = kind == .code || kind == .blank
        body = isCode ? "" : String(decoding: bytes[range].prefix(4000), as: UTF8.self).printable
        text = InlineText(body)
        if case .row = kind { kind = .row(Self.cells(of: body)) }
    }

    /// The words of each cell; `\|` is no end of one.
    private static func cells(of row: String) -> [String] {
        var cells = [""]
        var isEscaped = false
        for character in row {
            if character == "|", !isEscaped {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        cells = cells.map { InlineText($0).plain }
        return Array(cells.dropFirst().dropLast(cells.last?.isEmpty == true ? 1 : 0))
    }

    /// The heading level that a line of `=` or `-` gives to the line above it.
    private var underlineLevel: Int? {
        guard kind == .rule || kind == .paragraph, body.count >= 3 else { return nil }
        let signs = Set(body.filter { !$0.isWhitespace })
        return signs == ["="] ? 1 : signs == ["-"] ? 2 : nil
    }

    /// Blanks what is struck through over several lines of one paragraph or item.
    private static func strikeAcrossLines(_ lines: inout [ReviewLine]) {
        func marks(_ body: String) -> Int {
            var count = 0
            var previous: Character?
            for character in body {
                let isMark = character == "~" && previous == "~"
                count += isMark ? 1 : 0
                previous = isMark ? nil : character
            }
            return count
        }
        var index = 0
        while index < lines.count {
            defer { index += 1 }
            guard marks(lines[index].body) % 2 == 1 else { continue }
            let rest = lines[(index + 1)...].prefix(50)
            let paragraph = rest.prefix { $0.kind == .paragraph || $0.isItem }
            guard let end = paragraph.firstIndex(where: { marks($0.body) % 2 == 1 }) else { continue }
            lines[index].replaceBody(lines[index].body + "~~")
            for between in (index + 1)..<end { lines[between].replaceBody("~~\(lines[between].body)~~") }
            lines[end].replaceBody("~~" + lines[end].body)
            index = end
        }
    }

    /// Makes it a line without words.
    mutating func silence() {
        kind = .code
        replaceBody("")
    }

    private mutating func replaceBody(_ body: String) {
        self.body = body
        text = InlineText(body)
    }
}
