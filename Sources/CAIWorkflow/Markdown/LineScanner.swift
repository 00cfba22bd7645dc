// Owns: cutting a markdown file into lines that know what they are: fenced or not, heading, list item, box.
// Follows CommonMark where it decides what is code; is more lenient than it only with fences inside list items.
// Never changes, re-renders or rejects a byte: any input has a scan, and its lines cover every byte of it.

/// Cuts markdown into lines with byte ranges.
public enum LineScanner {
    /// The lines of `bytes` from offset `start` on. Line endings are `\n` and `\r\n`; a lone `\r` belongs to its line.
    ///
    /// A front matter is no markdown: give the offset and the number of the first line after it.
    public static func scan(_ bytes: [UInt8], from start: Int = 0, firstLine: Int = 1) -> [MarkdownLine] {
        var lines: [MarkdownLine] = []
        var context = BlockContext()
        var offset = start
        if start == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        while offset < bytes.count {
            let newline = bytes[offset...].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { $0 + 1 } ?? bytes.count
            var contentEnd = newline ?? bytes.count
            if newline != nil, contentEnd > offset, bytes[contentEnd - 1] == UInt8(ascii: "\r") { contentEnd -= 1 }
            var line = MarkdownLine(
                number: firstLine + lines.count, content: offset..<contentEnd, ending: contentEnd..<end)
            context.classify(&line, in: bytes)
            lines.append(line)
            offset = end
        }
        return lines
    }

    /// The file's line ending, for lines to be added: that of its first line, or `\n`. A single line that ends in `\r`
    /// gets `\r\n`, so that what is added behind it leaves the answer as it was.
    public static func newline(of bytes: [UInt8]) -> [UInt8] {
        let firstLine = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return Array((firstLine.last == UInt8(ascii: "\r") ? "\r\n" : "\n").utf8)
    }
}

/// What the lines read so far have left open.
private struct BlockContext {
    struct Fence {
        let sign: UInt8
        let length: Int
        let quoteDepth: Int
        /// Where the contents of the list item around the fence begin; nil outside lists.
        let listColumn: Int?
    }

    var fence: Fence?
    var isInComment = false
    var quoteDepth = 0
    /// The column at which the contents of each open list item begin, outermost first.
    var listColumns: [Int] = []
    var isInParagraph = false

    mutating func classify(_ line: inout MarkdownLine, in bytes: [UInt8]) {
        if let open = fence, continueFence(open, &line, in: bytes) { return }
        if isInComment {
            line.region = .comment
            isInComment = Self.find("-->", in: bytes[line.content]) == nil
            return
        }
        var cursor = LineCursor(bytes, line.content)
        line.quoteDepth = cursor.skipQuotes(maximumIndent: 3 + (listColumns.last ?? 0))
        if line.quoteDepth != quoteDepth {
            quoteDepth = line.quoteDepth
            listColumns = []
        }
        let base = cursor.column
        cursor.skipWhitespace()
        line.indentation = cursor.column - base
        line.isBlank = cursor.isAtEnd
        if line.isBlank {
            isInParagraph = false
            return
        }
        if !isLazyContinuation(cursor) {
            while let column = listColumns.last, line.indentation < column { listColumns.removeLast() }
        }
        openListItems(&line, &cursor, base: base)
        openLeaf(&line, cursor, in: bytes)
    }

    /// True if the line belongs to the open fence. Ends the fence at its closing line, or before a line with which
    /// the quote or list item around it has ended.
    private mutating func continueFence(_ open: Fence, _ line: inout MarkdownLine, in bytes: [UInt8]) -> Bool {
        var cursor = LineCursor(bytes, line.content)
        let depth = cursor.skipQuotes(upTo: open.quoteDepth)
        let base = cursor.column
        cursor.skipWhitespace()
        let indentation = cursor.column - base
        let leavesList = !cursor.isAtEnd && indentation < (open.listColumn ?? 0)
        guard depth == open.quoteDepth, !leavesList else {
            fence = nil
            return false
        }
        line.region = .fence
        line.quoteDepth = depth
        line.indentation = indentation
        line.isBlank = cursor.isAtEnd
        let run = bytes[cursor.offset..<cursor.end].prefix { $0 == open.sign }
        let isClosing =
            run.count >= open.length && bytes[run.endIndex..<cursor.end].allSatisfy(LineCursor.isSpace)
            && (indentation <= 3 || open.listColumn != nil)
        if isClosing { fence = nil }
        return true
    }

    /// A line of plain text goes on with the paragraph before it, however little it is indented.
    private func isLazyContinuation(_ cursor: LineCursor) -> Bool {
        isInParagraph && cursor.listMarkerWidth == nil && cursor.fenceRun == nil && cursor.heading == nil
            && !cursor.isThematicBreak
    }

    private mutating func openListItems(_ line: inout MarkdownLine, _ cursor: inout LineCursor, base: Int) {
        while let width = cursor.listMarkerWidth {
            let markerEnd = cursor.column + width - base
            guard cursor.takeListMarker() else { return }
            let gap = cursor.column - base - markerEnd
            // White space of five columns and more belongs to code inside the item; none means an empty first line.
            listColumns.append(cursor.isAtEnd || gap > 4 ? markerEnd + 1 : markerEnd + gap)
            line.listItem = cursor.offset..<line.content.upperBound
            _ = cursor.skipQuotes(maximumIndent: 0)
            cursor.skipWhitespace()
        }
    }

    private mutating func openLeaf(_ line: inout MarkdownLine, _ cursor: LineCursor, in bytes: [UInt8]) {
        isInParagraph = false
        let isInList = !listColumns.isEmpty
        let isCode = line.indentation > 3 && !isInList
        if let run = cursor.fenceRun, !isCode {
            line.region = .fence
            fence = Fence(
                sign: run.sign, length: run.length, quoteDepth: quoteDepth, listColumn: listColumns.last)
        } else if cursor.starts(with: "<!--"), !isCode {
            if Self.find("-->", in: bytes[cursor.offset..<cursor.end]) == nil {
                line.region = .comment
                isInComment = true
            }
        } else if let heading = cursor.heading, !isCode {
            if !isInList, quoteDepth == 0 { line.heading = heading }
        } else if !cursor.isThematicBreak, !cursor.isAtEnd {
            isInParagraph = !isCode
            if line.listItem != nil { line.checkbox = cursor.checkbox }
        }
    }

    private static func find(_ needle: String, in haystack: ArraySlice<UInt8>) -> Int? {
        haystack.indices.first { haystack[$0...].starts(with: needle.utf8) }
    }
}
