// Owns: a position in one line that knows its column, and the recognisers of markdown's line beginnings.
// Each recogniser answers a question about the bytes at the cursor; only `skip…` and `take…` move it.
// Never looks at another line; what earlier lines opened is the line scanner's business.

struct LineCursor {
    let bytes: [UInt8]
    let end: Int
    private(set) var offset: Int
    /// Columns from the start of the line; a tab goes to the next multiple of four (CommonMark 0.31, section 2.2).
    private(set) var column = 0

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { offset >= end }

    func byte(at distance: Int = 0) -> UInt8? {
        offset + distance < end ? bytes[offset + distance] : nil
    }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where offset < end {
            column += bytes[offset] == UInt8(ascii: "\t") ? 4 - column % 4 : 1
            offset += 1
        }
    }

    mutating func skipWhitespace() {
        while let next = byte(), Self.isSpace(next) { advance() }
    }

    /// Skips up to `limit` quote signs, each with the white space before and the one space after it.
    mutating func skipQuotes(upTo limit: Int = .max, maximumIndent: Int = 3) -> Int {
        var depth = 0
        while depth < limit {
            var ahead = self
            ahead.skipWhitespace()
            guard ahead.byte() == UInt8(ascii: ">"), ahead.column - column <= maximumIndent else { break }
            ahead.advance()
            if let next = ahead.byte(), Self.isSpace(next) { ahead.advance() }
            self = ahead
            depth += 1
        }
        return depth
    }

    /// Moves over a list marker (`-`, `*`, `+`, `1.`, `1)`) and the white space after it.
    mutating func takeListMarker() -> Bool {
        guard let width = listMarkerWidth, !isThematicBreak else { return false }
        advance(width)
        skipWhitespace()
        return true
    }

    /// Bytes of the list marker at the cursor, white space after it not counted.
    var listMarkerWidth: Int? {
        guard let first = byte() else { return nil }
        var width = 1
        if Self.isDigit(first) {
            while width < 10, let next = byte(at: width), Self.isDigit(next) { width += 1 }
            guard width < 10, let next = byte(at: width), next == UInt8(ascii: ".") || next == UInt8(ascii: ")") else {
                return nil
            }
            width += 1
        } else if !"-*+".utf8.contains(first) {
            return nil
        }
        guard let next = byte(at: width) else { return width }
        return Self.isSpace(next) ? width : nil
    }

    /// `---`, `***`, `___`, also with spaces between.
    var isThematicBreak: Bool {
        guard let sign = byte(), "-*_".utf8.contains(sign) else { return false }
        let rest = bytes[offset..<end]
        return rest.allSatisfy { $0 == sign || Self.isSpace($0) } && rest.count { $0 == sign } >= 3
    }

    /// The run of three or more backticks or tildes at the cursor, if what follows lets it open a fence.
    var fenceRun: (sign: UInt8, length: Int)? {
        guard let sign = byte(), sign == UInt8(ascii: "`") || sign == UInt8(ascii: "~") else { return nil }
        let length = bytes[offset..<end].prefix { $0 == sign }.count
        guard length >= 3 else { return nil }
        let info = bytes[(offset + length)..<end]
        if sign == UInt8(ascii: "`"), info.contains(sign) { return nil }
        return (sign, length)
    }

    /// The ATX heading at the cursor.
    var heading: MarkdownLine.Heading? {
        let hash = UInt8(ascii: "#")
        let rest = bytes[offset..<end]
        let level = rest.prefix { $0 == hash }.count
        guard (1...6).contains(level) else { return nil }
        if let next = byte(at: level), !Self.isSpace(next) { return nil }
        var text = Self.trimmed(bytes, (offset + level)..<end)
        let closing = bytes[text].reversed().prefix { $0 == hash }.count
        let beforeClosing = text.upperBound - closing
        if closing > 0, beforeClosing == text.lowerBound || Self.isSpace(bytes[beforeClosing - 1]) {
            text = Self.trimmed(bytes, text.lowerBound..<beforeClosing)
        }
        return .init(level: level, text: text)
    }

    /// The box at the cursor, which stands behind a list marker. An empty item has no box, as on GitHub.
    var checkbox: MarkdownLine.Checkbox? {
        guard byte() == UInt8(ascii: "["), let mark = byte(at: 1), byte(at: 2) == UInt8(ascii: "]"),
            let after = byte(at: 3), Self.isSpace(after), " xX".utf8.contains(mark)
        else { return nil }
        let text = Self.trimmed(bytes, (offset + 3)..<end)
        guard !text.isEmpty else { return nil }
        return .init(mark: offset + 1, isTicked: mark != UInt8(ascii: " "), text: text)
    }

    /// Whether these bytes stand at the cursor.
    func starts(with prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { bytes[offset..<end].starts(with: $0) }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `range` without the spaces and tabs at its two ends.
    static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, isSpace(bytes[low]) { low += 1 }
        while low < high, isSpace(bytes[high - 1]) { high -= 1 }
        return low..<high
    }
}
