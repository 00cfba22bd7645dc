// Owns: a plain reading of which bytes of a file an editor may change, written without the editors' own code.
// A file is compared with its successor line by line, with what is owned blanked out on both sides.
// Never knows why something changed.

@testable import CAIWorkflow

/// What became of a file.
enum FileDifference {
    /// What was inserted, where the result is the original with one insertion; nil where it is not.
    static func insertion(_ original: [UInt8], _ result: [UInt8]) -> [UInt8]? {
        let count = result.count - original.count
        guard count >= 0 else { return nil }
        let prefix = zip(original, result).prefix { $0 == $1 }.count
        return original[prefix...].elementsEqual(result[(prefix + count)...])
            ? Array(result[prefix..<(prefix + count)]) : nil
    }

    /// Bytes without line endings, in order of value: the same for an insertion wherever its ends are drawn.
    static func content(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { $0 != 10 && $0 != 13 }.sorted() }

    /// The first line of a roadmap that differs in more than a rewriter may change, or nil.
    /// - Parameter added: a line that may stand in the result alone; blank lines may beside it.
    static func forbidden(_ before: [UInt8], _ after: [UInt8], added: String? = nil, isBudget: Bool = false) -> String?
    {
        let old = OwnedLines(before)
        let new = OwnedLines(after)
        var next = 0
        for line in old.lines.indices {
            while next < new.lines.count, !old.isSame(line, new, next, isBudget: isBudget) {
                guard let added, new.text(next).isEmpty || new.text(next) == added else {
                    return
                        "line \(line + 1): \(old.text(line).debugDescription) became \(new.text(next).debugDescription)"
                }
                next += 1
            }
            if next == new.lines.count { return "line \(line + 1) is gone: \(old.text(line).debugDescription)" }
            next += 1
        }
        let rest = (next..<max(next, new.lines.count)).map(new.text)
        return rest.allSatisfy { $0.isEmpty || $0 == added } && (rest.isEmpty || added != nil)
            ? nil : "more lines: \(rest)"
    }
}

/// A roadmap's lines, each with what may be changed in it blanked out.
private struct OwnedLines {
    let bytes: [UInt8]
    let lines: [MarkdownLine]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lines = LineScanner.scan(bytes)
    }

    func text(_ index: Int) -> String { String(decoding: bytes[lines[index].content], as: UTF8.self) }

    func isSame(_ index: Int, _ other: OwnedLines, _ otherIndex: Int, isBudget: Bool) -> Bool {
        let line = lines[index]
        let otherLine = other.lines[otherIndex]
        // A last line without an ending may get one, because a line was added below it.
        guard line.ending.isEmpty || bytes[line.ending].elementsEqual(other.bytes[otherLine.ending]) else {
            return false
        }
        if bytes[line.content].elementsEqual(other.bytes[otherLine.content]) { return true }
        guard line.region == .text, otherLine.region == .text else { return false }
        if let columns = ownedColumns(index, isBudget: isBudget) {
            let (one, two) = (cells(index), other.cells(otherIndex))
            return one.count == two.count && one.indices.allSatisfy { columns.contains($0) || one[$0] == two[$0] }
        }
        return !isBudget && mask(line) == other.mask(otherLine)
    }

    /// Box, markers and their words in a heading, the date of a label.
    private func mask(_ line: MarkdownLine) -> [UInt8] {
        var masked = Array(bytes[line.content])
        if let box = line.checkbox {
            masked[box.mark - line.content.lowerBound] = UInt8(ascii: "?")
        } else if line.heading != nil {
            for sign in ["✅", "⏳", "📋", "\u{FE0F}", "IN PROGRESS", "DOING", "DONE", "TODO"] {
                masked = Self.without(Array(sign.utf8), masked)
            }
        } else if ["**Completed", "**Last Updated"].contains(where: { masked.trimmed.starts(with: $0.utf8) }) {
            for start in masked.indices.reversed() where Self.isDate(masked[start...]) {
                masked.removeSubrange(start..<(start + 10))
            }
            if String(decoding: masked, as: UTF8.self).hasSuffix("TBD") { masked.removeLast(3) }
            while let last = masked.last, " -\t".utf8.contains(last) { masked.removeLast() }
        }
        return masked
    }

    private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
        text.count >= 10
            && text.prefix(10).enumerated().allSatisfy {
                $0 == 4 || $0 == 7 ? $1 == UInt8(ascii: "-") : (48...57).contains($1)
            }
    }

    /// Without regard to the case of ASCII letters.
    private static func without(_ word: [UInt8], _ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text[...]
        while let first = rest.first {
            let isHere = rest.count >= word.count && zip(rest, word).allSatisfy { upper($0) == $1 }
            if !isHere { result.append(first) }
            rest = rest.dropFirst(isHere ? word.count : 1)
        }
        return result
    }

    private static func upper(_ byte: UInt8) -> UInt8 { (97...122).contains(byte) ? byte - 32 : byte }

    /// Of a line in the body of a table, the columns that are headed Status or, where money is entered, Actual.
    private func ownedColumns(_ index: Int, isBudget: Bool) -> [Int]? {
        func bytes(_ index: Int) -> ArraySlice<UInt8> { self.bytes[lines[index].content] }
        let start = (0...index).last { !bytes($0).contains(UInt8(ascii: "|")) }.map { $0 + 1 } ?? 0
        let delimiter = (start..<max(start, index)).dropFirst().first {
            bytes($0).contains(UInt8(ascii: "-")) && bytes($0).allSatisfy("|:- \t".utf8.contains)
        }
        guard let delimiter else { return nil }
        return cells(delimiter - 1).indices.filter { column in
            let title = String(decoding: cells(delimiter - 1)[column], as: UTF8.self).lowercased()
            return title.contains("status") || (isBudget && title.contains("actual"))
        }
    }

    /// Between the pipes that no backslash stands before.
    private func cells(_ index: Int) -> [[UInt8]] {
        var cells: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in Array(bytes[lines[index].content]).trimmed {
            if byte == UInt8(ascii: "|"), !isEscaped { cells.append([]) } else { cells[cells.count - 1].append(byte) }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        if cells.first?.isEmpty == true { cells.removeFirst() }
        return cells
    }
}

extension [UInt8] {
    fileprivate var trimmed: ArraySlice<UInt8> { self[LineCursor.trimmed(self, indices)] }
}
