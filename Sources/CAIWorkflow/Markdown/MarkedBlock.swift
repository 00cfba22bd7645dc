// Owns: the part of a person's document that the daemon writes: what stands between
// `<!-- caid:begin NAME -->` and `<!-- caid:end NAME -->`.
// Never changes a byte outside it, and never takes a person's text for it: in doubt it makes a fresh block.

/// A named block of generated text inside a document that belongs to people.
public enum MarkedBlock {
    public struct Result: Sendable, Equatable {
        public let bytes: [UInt8]
        /// What a person should know about the markers, or nil if all was as expected.
        public let note: String?
    }

    /// The document with `body` as the contents of block `name`.
    ///
    /// On first use the block is made at the end (before a code fence that is never closed, which would swallow it).
    /// A begin marker counts with its end marker only if no other marker stands between them; a lone one is left
    /// where it is, and a fresh block is made. Line endings are the document's.
    public static func replace(_ name: String, with body: String, in bytes: [UInt8]) -> Result {
        let newline = LineScanner.newline(of: bytes)
        let generated = contents(body, newline: newline)
        let found = find(name, in: bytes)
        guard let block = found.blocks.first else {
            let place = placeForNewBlock(in: bytes, found.tail)
            let begin = Array("<!-- caid:begin \(name) -->".utf8) + newline
            let end = Array("<!-- caid:end \(name) -->".utf8) + newline
            let gap = Array(repeatElement(newline, count: place.newlinesBefore).joined())
            let fresh = gap + begin + generated + end + (place.offset < bytes.count ? newline : [])
            let edited = Array(bytes[..<place.offset]) + fresh + bytes[place.offset...]
            return Result(bytes: edited, note: found.broken ?? place.note)
        }
        let edited = Array(bytes[..<block.lowerBound]) + generated + bytes[block.upperBound...]
        let count = found.blocks.count
        let twins = "the block `\(name)` stands in the file \(count) times; only the first is kept up to date"
        return Result(bytes: edited, note: count > 1 ? twins : found.broken)
    }

    private enum Marker: Equatable {
        case begin(String)
        case end(String)
    }

    private static func marker(_ line: ArraySlice<UInt8>) -> Marker? {
        let words = line.split(whereSeparator: LineCursor.isSpace).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 4, words[0] == "<!--", words[3] == "-->" else { return nil }
        switch words[1] {
        case "caid:begin": return .begin(words[2])
        case "caid:end": return .end(words[2])
        default: return nil
        }
    }

    /// Each line of `body` with the document's ending. A line that reads as a marker is escaped, so that generated
    /// text can never end its own block.
    private static func contents(_ body: String, newline: [UInt8]) -> [UInt8] {
        var lines = body.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.flatMap { line in
            guard marker(line[...]) != nil else { return line + newline }
            return Array("&lt;".utf8) + line.drop { LineCursor.isSpace($0) }.dropFirst() + newline
        }
    }

    private struct Found {
        /// The contents of every sound block of the name.
        var blocks: [Range<Int>] = []
        /// A word about a broken one.
        var broken: String?
        /// The lines after the last sound block of any name.
        var tail: [MarkdownLine]
    }

    /// After each sound block, whatever its name, reading starts afresh: an unclosed fence in generated text must not
    /// hide the blocks after it. A begin marker inside a fence is somebody's example.
    private static func find(_ name: String, in bytes: [UInt8]) -> Found {
        var found = Found(tail: LineScanner.scan(bytes))
        var lines = found.tail[...]
        while let line = lines.popFirst() {
            guard line.region != .fence, case .begin(let begun)? = marker(bytes[line.content]) else { continue }
            let next = lines.first { marker(bytes[$0.content]) != nil }
            if let next, marker(bytes[next.content]) == .end(begun) {
                if begun == name { found.blocks.append(line.ending.upperBound..<next.content.lowerBound) }
                found.tail = LineScanner.scan(bytes, from: next.ending.upperBound, firstLine: next.number + 1)
                lines = found.tail[...]
            } else if begun == name {
                found.broken =
                    "line \(line.number): `caid:begin \(name)` has no `caid:end \(name)` of its own; what "
                    + "follows it is left alone and the block stands elsewhere in the file; delete the lone marker"
            }
        }
        return found
    }

    private static func placeForNewBlock(
        in bytes: [UInt8], _ tail: [MarkdownLine]
    ) -> (offset: Int, newlinesBefore: Int, note: String?) {
        guard let last = tail.last else { return (bytes.count, bytes.isEmpty ? 0 : 1, nil) }
        let probe = LineScanner.scan(bytes + Array("\n.".utf8), from: tail[0].content.lowerBound)
        if probe.last?.region == .fence, let first = tail.suffix(while: { $0.region == .fence }).first {
            let note = "line \(first.number): a code fence is never closed; the new block stands before it"
            return (first.content.lowerBound, 0, note)
        }
        return (bytes.count, (last.ending.isEmpty ? 1 : 0) + (last.isBlank ? 0 : 1), nil)
    }
}

extension Array {
    /// The longest run of elements at the end that all satisfy the predicate.
    fileprivate func suffix(while predicate: (Element) -> Bool) -> ArraySlice<Element> {
        let last = lastIndex { !predicate($0) }
        return self[(last.map { $0 + 1 } ?? startIndex)...]
    }
}
