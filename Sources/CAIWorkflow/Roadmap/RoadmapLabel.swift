// Owns: lines of the form `**Label**: value`, and the date in such a value.
// Never looks into code fences, lists or quotes: a label there belongs to something smaller than a milestone.

/// A `**Label**: value` line of a roadmap.
struct RoadmapLabel {
    let line: MarkdownLine
    /// What follows the colon, without the space around it; may be empty.
    let value: Range<Int>

    /// The label's line among `lines`, in the order of the file.
    static func all(_ label: String, in lines: some Sequence<MarkdownLine>, of bytes: [UInt8]) -> [RoadmapLabel] {
        lines.compactMap { RoadmapLabel(label, $0, bytes) }
    }

    private init?(_ label: String, _ line: MarkdownLine, _ bytes: [UInt8]) {
        guard line.region == .text, line.listItem == nil, line.quoteDepth == 0 else { return nil }
        let content = LineCursor.trimmed(bytes, line.content)
        for prefix in ["**\(label)**:", "**\(label):**"] where bytes[content].starts(with: prefix.utf8) {
            self.line = line
            value = LineCursor.trimmed(bytes, (content.lowerBound + prefix.utf8.count)..<line.content.upperBound)
            return
        }
        return nil
    }

    /// The first `YYYY-MM-DD` of the value that stands before any parenthesis.
    func date(in bytes: [UInt8]) -> Range<Int>? {
        let shape = Array("dddd-dd-dd".utf8)
        let text = bytes[value].prefix { $0 != UInt8(ascii: "(") }
        return text.indices.lazy.map { $0..<($0 + shape.count) }.first { range in
            guard range.upperBound <= text.endIndex else { return false }
            let isDate = zip(bytes[range], shape).allSatisfy { byte, sign in
                sign == UInt8(ascii: "d") ? LineCursor.isDigit(byte) : byte == sign
            }
            let isCutOut = [range.lowerBound - 1, range.upperBound].contains {
                text.indices.contains($0) && LineCursor.isDigit(bytes[$0])
            }
            return isDate && !isCutOut
        }
    }

    /// An edit that makes `date` the value's date. Nil if the value is a sentence of a person's.
    func setting(_ date: String, in bytes: [UInt8]) -> ByteEdit? {
        if let old = self.date(in: bytes) { return ByteEdit(old, date) }
        if value.isEmpty {
            let isSpaced = bytes[..<value.lowerBound].last.map(LineCursor.isSpace) ?? false
            return ByteEdit(value, isSpaced ? date : " " + date)
        }
        return Self.isPlaceholder(String(decoding: bytes[value], as: UTF8.self)) ? ByteEdit(value, date) : nil
    }

    /// Whether a text stands where nothing is known yet.
    static func isPlaceholder(_ text: String) -> Bool {
        ["", "-", "–", "—", "?", "tbd", "n/a", "pending"].contains(text.lowercased())
    }
}
