// Owns: the pipe tables of a roadmap as byte ranges: rows, cells, and what an edit of a cell does to its padding.
// Follows GitHub's tables: a delimiter row makes one, `\|` ends no cell, an unescaped pipe in a code span does.
// Never looks into fences, comments, quotes or lists, and never knows what a column means.

/// A pipe table in a file.
struct RoadmapTable {
    struct Cell {
        /// Everything between its pipes.
        let whole: Range<Int>
        /// Without the space around it; may be empty.
        let text: Range<Int>
        /// False for a last cell without a pipe behind it.
        let isClosed: Bool
    }

    struct Row {
        /// 1-based.
        let line: Int
        let cells: [Cell]
    }

    let header: Row
    /// The rows below the delimiter that have as many cells as the header. Others are nobody's to change.
    let rows: [Row]
    /// Of each column, whether its delimiter (`---:`) aligns it to the right.
    let isRightAligned: [Bool]

    static func all(in lines: [MarkdownLine], of bytes: [UInt8]) -> [RoadmapTable] {
        var tables: [RoadmapTable] = []
        var index = 0
        while index + 1 < lines.count {
            let header = row(lines[index], bytes)
            let delimiters = row(lines[index + 1], bytes)
            guard let header, let delimiters, header.cells.count >= 2, header.cells.count == delimiters.cells.count,
                delimiters.cells.allSatisfy({ isDelimiter(bytes[$0.text]) })
            else {
                index += 1
                continue
            }
            let body = lines[(index + 2)...].prefix { isPart($0, bytes) }
            tables.append(
                RoadmapTable(
                    header: header,
                    rows: body.compactMap { row($0, bytes) }.filter { $0.cells.count == header.cells.count },
                    isRightAligned: delimiters.cells.map {
                        bytes[$0.text].last == UInt8(ascii: ":") && bytes[$0.text].first != UInt8(ascii: ":")
                    }))
            index += 2 + body.count
        }
        return tables
    }

    /// The edit that replaces `part` of a cell's text. The cell keeps its width where the new text fits, at the cost
    /// of the space on its loose side; where it does not fit, the cell grows.
    func edit(_ column: Int, of row: Row, _ part: Range<Int>, _ new: String, in bytes: [UInt8]) -> ByteEdit {
        let cell = row.cells[column]
        func width(_ range: Range<Int>) -> Int { String(decoding: bytes[range], as: UTF8.self).count }
        let before = cell.whole.lowerBound..<cell.text.lowerBound
        let after = cell.text.upperBound..<cell.whole.upperBound
        let space = UInt8(ascii: " ")
        guard cell.isClosed, (bytes[before] + bytes[after]).allSatisfy({ $0 == space }) else {
            return ByteEdit(part, new)
        }
        if cell.text.isEmpty {
            let rest = String(repeating: " ", count: max(1, cell.whole.count - 1 - new.count))
            return ByteEdit(cell.whole, isRightAligned[column] ? rest + new + " " : " " + new + rest)
        }
        let isRight = isRightAligned[column] || before.count > after.count
        let growth = new.count - width(part)
        let loose = isRight ? before.count : after.count
        let fixed = isRight ? after.count : before.count
        let newLoose = max(min(1, loose), loose - growth)
        // What the loose side cannot give is taken from the other one, as far as it goes.
        let newFixed = max(min(1, fixed), fixed - max(0, growth - (loose - newLoose)))
        func padding(_ count: Int) -> [UInt8] { Array(repeating: space, count: count) }
        let first = padding(isRight ? newLoose : newFixed) + bytes[cell.text.lowerBound..<part.lowerBound]
        let last = bytes[part.upperBound..<cell.text.upperBound] + padding(isRight ? newFixed : newLoose)
        return ByteEdit(cell.whole, first + Array(new.utf8) + last)
    }

    /// Whether a line goes on with a table.
    private static func isPart(_ line: MarkdownLine, _ bytes: [UInt8]) -> Bool {
        line.region == .text && !line.isBlank && line.heading == nil && line.listItem == nil && line.quoteDepth == 0
            && line.indentation <= 3 && bytes[line.content].contains(UInt8(ascii: "|"))
    }

    private static func row(_ line: MarkdownLine, _ bytes: [UInt8]) -> Row? {
        guard isPart(line, bytes) else { return nil }
        let content = LineCursor.trimmed(bytes, line.content)
        let pipe = UInt8(ascii: "|")
        var position = content.lowerBound + (bytes[content.lowerBound] == pipe ? 1 : 0)
        var start = position
        var cells: [Cell] = []
        func cell(_ range: Range<Int>, isClosed: Bool) -> Cell {
            Cell(whole: range, text: LineCursor.trimmed(bytes, range), isClosed: isClosed)
        }
        while position < content.upperBound {
            if bytes[position] == pipe {
                cells.append(cell(start..<position, isClosed: true))
                start = position + 1
            }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        if start < content.upperBound { cells.append(cell(start..<content.upperBound, isClosed: false)) }
        return Row(line: line.number, cells: cells)
    }

    /// `---`, `:--`, `--:`, `:-:`.
    private static func isDelimiter(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        if rest.first == UInt8(ascii: ":") { rest = rest.dropFirst() }
        if rest.last == UInt8(ascii: ":") { rest = rest.dropLast() }
        return !rest.isEmpty && rest.allSatisfy { $0 == UInt8(ascii: "-") }
    }
}
