// Owns the text that is parsed: checks size and encoding, drops a byte-order mark, and turns offsets into marks.
// The only place that knows how lines and columns are counted.
// Never interprets YAML.

/// A checked UTF-8 text with its file name and line table.
struct SourceText: Sendable {
    /// The largest text that is parsed, in bytes.
    static let sizeLimit = 1 << 20

    let file: String
    /// The text without its byte-order mark.
    let bytes: [UInt8]
    private let firstLine: Int
    private let lineStarts: [Int]
    /// Byte offset of every character, or nil where all are ASCII and the two counts agree.
    private let characterStarts: [Int]?

    /// - Parameter startingAtLine: the number of the first line, for a text embedded in a larger file.
    init(_ input: some Collection<UInt8>, file: String, startingAtLine: Int) {
        var bytes = Array(input)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        self.file = file
        self.bytes = bytes
        firstLine = startingAtLine
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        characterStarts = isASCII ? nil : bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 }
    }

    /// What forbids parsing at all: too large, or not UTF-8.
    func unreadable() -> YAMLError? {
        if bytes.count > Self.sizeLimit {
            return error(at: mark(atByte: 0), "the text has \(bytes.count) bytes; at most \(Self.sizeLimit) are read")
        }
        guard let invalid = firstInvalidByte() else { return nil }
        let value = String(bytes[invalid], radix: 16, uppercase: true)
        return error(at: mark(atByte: invalid), "the byte 0x\(value) is not valid UTF-8; save the file as UTF-8")
    }

    /// The mark of a byte offset.
    func mark(atByte offset: Int) -> YAMLMark {
        let offset = min(max(offset, 0), bytes.count)
        let line = lineIndex(ofByte: offset)
        let column = characterIndex(ofByte: offset) - characterIndex(ofByte: lineStarts[line])
        return YAMLMark(line: firstLine + line, column: column + 1, offset: offset)
    }

    /// The mark of a character offset, as libyaml counts them.
    func mark(atCharacter index: Int) -> YAMLMark {
        guard let characterStarts else { return mark(atByte: index) }
        return mark(atByte: index < characterStarts.count ? characterStarts[index] : bytes.count)
    }

    /// An error at a mark, with its snippet.
    func error(at mark: YAMLMark, _ message: String) -> YAMLError {
        YAMLError(
            file: file, line: mark.line, column: mark.column, message: message, snippet: snippet(at: mark))
    }

    private func snippet(at mark: YAMLMark) -> String {
        let line = lineIndex(ofByte: mark.offset)
        let end = line + 1 < lineStarts.count ? lineStarts[line + 1] : bytes.count
        var scalars = Array(String(decoding: bytes[lineStarts[line]..<end], as: UTF8.self).unicodeScalars)
        while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
        let start = max(0, mark.column - 80)
        let shown = scalars.dropFirst(start).prefix(160)
        let text = String(shown.map { $0 == "\t" || !$0.isUnprintable ? Character($0) : "\u{FFFD}" })
        // Tabs are repeated so that the caret stands under its token whatever their width.
        let indent = String(shown.prefix(mark.column - 1 - start).map { $0 == "\t" ? "\t" : " " })
        let number = String(mark.line)
        return "\(number) | \(text)\n\(String(repeating: " ", count: number.count)) | \(indent)^"
    }

    private func lineIndex(ofByte offset: Int) -> Int { lineStarts.count(upTo: offset) - 1 }

    /// How many characters begin before a byte. By search and not by counting: a file may be one long line.
    private func characterIndex(ofByte offset: Int) -> Int {
        characterStarts?.count(upTo: offset - 1) ?? offset
    }

    private func firstInvalidByte() -> Int? {
        var decoder = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var position = 0
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let encoded): position += encoded.count
            case .emptyInput: return nil
            case .error: return position
            }
        }
    }
}

extension [Int] {
    /// How many elements of a sorted array are at most `limit`.
    fileprivate func count(upTo limit: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
