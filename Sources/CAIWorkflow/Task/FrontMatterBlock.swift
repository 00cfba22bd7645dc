// Owns: where a task file's front matter begins and ends.
// It is one only if the very first line, after a byte-order mark, is exactly `---`.
// Never reads what is in it.

/// The place of a front matter in a file.
struct FrontMatterBlock: Sendable, Equatable {
    /// The YAML between the two `---` lines; it begins on line 2.
    let yaml: Range<Int>
    /// Offset of the first byte after the closing line.
    let bodyStart: Int
    /// Line number of the body's first line, 1-based.
    let bodyLine: Int

    enum Search: Equatable { case none, unterminated, found(FrontMatterBlock) }

    static func find(in bytes: [UInt8]) -> Search {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var start = bytes.starts(with: mark) ? mark.count : 0
        var line = 1
        var yamlStart: Int?
        while start < bytes.count {
            let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { $0 + 1 } ?? bytes.count
            let isRule = isRule(bytes[start..<(newline ?? bytes.count)], exactly: line == 1)
            if let yamlStart, isRule {
                return .found(FrontMatterBlock(yaml: yamlStart..<start, bodyStart: end, bodyLine: line + 1))
            }
            if line == 1 {
                guard isRule else { return .none }
                yamlStart = end
            }
            start = end
            line += 1
        }
        return yamlStart == nil ? .none : .unterminated
    }

    private static func isRule(_ line: ArraySlice<UInt8>, exactly: Bool) -> Bool {
        var line = line
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        while !exactly, let last = line.last, LineCursor.isSpace(last) { line = line.dropLast() }
        return line.elementsEqual("---".utf8)
    }
}
