// Owns: where in a markdown file a new line or section may be inserted so that markdown reads it as one.
// A fence or comment that is never closed would swallow what comes after it: then the place is in front of it.
// Never changes what is there; every result is the file with one insertion.

/// A markdown file seen as sections under H2 headings.
struct SectionedFile {
    private let bytes: [UInt8]
    private let lines: [MarkdownLine]
    private let newline: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lines = Self.scan(bytes)
        let ending = lines.last { !$0.ending.isEmpty }.map { String(decoding: bytes[$0.ending], as: UTF8.self) }
        newline = ending ?? "\n"
    }

    private static func scan(_ bytes: [UInt8]) -> [MarkdownLine] {
        guard case .found(let block) = FrontMatterBlock.find(in: bytes) else { return LineScanner.scan(bytes) }
        return LineScanner.scan(bytes, from: block.bodyStart, firstLine: block.bodyLine)
    }

    /// Indices of the lines of the last H2 section of that name, its heading first.
    func lastSection(named name: String) -> Range<Int>? {
        let start = lines.lastIndex { line in
            guard let heading = line.heading, heading.level == 2 else { return false }
            let text = String(decoding: bytes[heading.text], as: UTF8.self)
            return text.lowercased() == name.lowercased() || text.lowercased() == name.lowercased() + ":"
        }
        guard let start else { return nil }
        let end = lines[(start + 1)...].firstIndex { ($0.heading?.level ?? 9) <= 2 }
        return start..<(end ?? lines.endIndex)
    }

    func hasLine(_ text: String) -> Bool {
        lines.contains { $0.region == .text && bytes[$0.content].elementsEqual(text.utf8) }
    }

    /// Whether these lines stand in the file one after the other, the first of them a heading.
    func hasBlock(_ block: [String]) -> Bool {
        lines.indices.contains { start in
            lines[start].heading != nil && lines[start...].count >= block.count
                && zip(lines[start...], block).allSatisfy { bytes[$0.content].elementsEqual($1.utf8) }
        }
    }

    /// The file with an item at the end of a section, behind the nested lines of the item before it.
    func adding(item: String, to section: Range<Int>) -> [UInt8] {
        let last = section.last { !lines[$0].isBlank && !isRule(lines[$0]) } ?? section.lowerBound
        let beforeOpen = section.last { $0 <= last && lines[$0].region == .text && !lines[$0].isBlank }
        for place in [last, beforeOpen ?? section.lowerBound, section.lowerBound] {
            let result = inserting((isInList(place, section) ? [] : [""]) + [item], after: lines[place])
            if Self.scan(result).contains(where: { $0.isItem(item, in: result) }) { return result }
        }
        return inserting(["", item], after: lines[section.lowerBound])
    }

    /// The file with a section at its end.
    func addingSection(_ block: [String]) -> [UInt8] {
        guard let last = lines.last else { return inserting(block, at: bytes.count, isOnNewLine: endsWithNewline) }
        let result = inserting((last.isBlank ? [] : [""]) + block, after: last)
        let count = lines.count { $0.isHeading(block[0], in: bytes) }
        if Self.scan(result).count(where: { $0.isHeading(block[0], in: result) }) > count { return result }
        let open = lines.lastIndex { $0.region == .text }.map { $0 + 1 } ?? 0
        guard open < lines.count else { return result }
        let gap = open == 0 || lines[open - 1].isBlank ? [] : [""]
        return inserting(gap + block + [""], at: lines[open].content.lowerBound, isOnNewLine: true)
    }

    /// The lines with a backslash before every `#` that would make a heading.
    static func withoutHeadings(_ text: [String]) -> [String] {
        let bytes = Array(text.joined(separator: "\n").utf8)
        let scanned = LineScanner.scan(bytes)
        return text.indices.map { index in
            guard index < scanned.count, scanned[index].heading != nil else { return text[index] }
            return "\\" + text[index].drop(while: \.isWhitespace)
        }
    }

    private func isRule(_ line: MarkdownLine) -> Bool {
        var cursor = LineCursor(bytes, line.content)
        cursor.skipWhitespace()
        return line.region == .text && cursor.isThematicBreak
    }

    /// Whether the line is an item or, being indented, belongs to the one above it.
    private func isInList(_ index: Int, _ section: Range<Int>) -> Bool {
        index > section.lowerBound && (lines[index].listItem != nil || lines[index].indentation > 0)
    }

    private var endsWithNewline: Bool { bytes.isEmpty || bytes.last == UInt8(ascii: "\n") }

    private func inserting(_ text: [String], after line: MarkdownLine) -> [UInt8] {
        inserting(text, at: line.ending.upperBound, isOnNewLine: !line.ending.isEmpty)
    }

    private func inserting(_ text: [String], at position: Int, isOnNewLine: Bool) -> [UInt8] {
        let inserted = (isOnNewLine ? "" : newline) + text.map { $0 + newline }.joined()
        var edits = ByteEdits()
        edits.add(ByteEdit(position..<position, inserted))
        return edits.applied(to: bytes)
    }
}

extension MarkdownLine {
    fileprivate func isItem(_ text: String, in bytes: [UInt8]) -> Bool {
        region == .text && listItem != nil && bytes[content].elementsEqual(text.utf8)
    }

    fileprivate func isHeading(_ text: String, in bytes: [UInt8]) -> Bool {
        heading != nil && bytes[content].elementsEqual(text.utf8)
    }
}
