// Owns: where in a heading its progress marker and the marker's word stand, as byte ranges.
// A marker counts at the heading's end (`X ⏳ DOING`, `X 📋 NEW`, `X ✅ (late)`) or at its front (`✅ X`).
// Never takes one from the middle of a title: "Reviews (Codex ✅, Gemini ✅)" has no marker.

/// A heading's progress marker in a file.
public struct HeadingMarker: Sendable, Equatable {
    public let marker: RoadmapMarker
    /// The marker's bytes, a variation selector after it included.
    let range: Range<Int>
    /// The bytes of its word (DONE, DOING, TODO, In Progress …), if there is one. A suffix such as NEW is none.
    let word: Range<Int>?

    /// The marker of the heading whose text stands in `text`. If there is one at each end, the one at the end counts,
    /// unless it is an alarm.
    static func find(in bytes: [UInt8], _ text: Range<Int>) -> HeadingMarker? {
        let all = occurrences(in: bytes, text)
        let last = all.last.flatMap { atEnd($0, in: bytes, text) }
        let first = all.first.flatMap { atFront($0, in: bytes, text) }
        if let last, last.marker != .alarm { return last }
        return first ?? last
    }

    /// The marker of a text that holds a state and nothing else: `✅`, `⏳ Doing`, `Done ✅`, `⏳ DOING (80%)`.
    static func alone(in bytes: [UInt8], _ text: Range<Int>) -> HeadingMarker? {
        guard let first = occurrences(in: bytes, text).first, let found = atEnd(first, in: bytes, text) else {
            return nil
        }
        let before = text.lowerBound..<first.range.lowerBound
        // `⏳ 80%` would become `✅ 80%`.
        let isFigure =
            found.word == nil && bytes[found.range.upperBound..<text.upperBound].contains(where: LineCursor.isDigit)
        if bytes[before].allSatisfy(isFiller) { return isFigure ? nil : found }
        let isLast = bytes[first.range.upperBound..<text.upperBound].allSatisfy(isFiller)
        guard isLast, let word = word(after: before.lowerBound, in: bytes, before),
            bytes[word.upperBound..<before.upperBound].allSatisfy(isFiller)
        else { return nil }
        return HeadingMarker(marker: found.marker, range: found.range, word: word)
    }

    private typealias Occurrence = (marker: RoadmapMarker, range: Range<Int>)

    private static func occurrences(in bytes: [UInt8], _ text: Range<Int>) -> [Occurrence] {
        let variationSelector: [UInt8] = [0xEF, 0xB8, 0x8F]
        var found: [Occurrence] = []
        for start in text where bytes[start] >= 0xE2 {
            let rest = bytes[start..<text.upperBound]
            guard let marker = RoadmapMarker.allCases.first(where: { rest.starts(with: $0.rawValue.utf8) }) else {
                continue
            }
            var end = start + marker.rawValue.utf8.count
            if bytes[end..<text.upperBound].starts(with: variationSelector) { end += variationSelector.count }
            found.append((marker, start..<end))
        }
        return found
    }

    private static func atEnd(_ found: Occurrence, in bytes: [UInt8], _ text: Range<Int>) -> HeadingMarker? {
        let word = word(after: found.range.upperBound, in: bytes, text)
        var rest = bytes[(word ?? found.range).upperBound..<text.upperBound].drop(while: isFiller)
        if found.range.lowerBound > text.lowerBound {
            let before = bytes[found.range.lowerBound - 1]
            if let closing = brackets[before] {
                // `X (⏳ DOING)`: the brackets hold the state and nothing else.
                guard rest.first == closing else { return nil }
                rest = rest.dropFirst().drop(while: isFiller)
                guard rest.isEmpty else { return nil }
            } else if !LineCursor.isSpace(before), !isEmphasis(before) {
                return nil
            }
        }
        if let first = rest.first {
            // A bracket that was opened before the marker: "Reviews (Gemini ✅ DONE)" is about Gemini.
            guard !brackets.values.contains(first) else { return nil }
            // Behind the word may stand a remark set off by a sign, or a suffix in capitals such as NEW.
            let isRemark = !isLetterOrDigit(first) && (word != nil || first == UInt8(ascii: "("))
            let isSuffix = isLetterOrDigit(first) && !rest.contains { $0 >= UInt8(ascii: "a") }
            guard isRemark || isSuffix else { return nil }
        }
        return HeadingMarker(marker: found.marker, range: found.range, word: word)
    }

    private static func atFront(_ found: Occurrence, in bytes: [UInt8], _ text: Range<Int>) -> HeadingMarker? {
        guard bytes[text.lowerBound..<found.range.lowerBound].allSatisfy(isFiller) else { return nil }
        var word = word(after: found.range.upperBound, in: bytes, text)
        // `📋 TODO: X` carries a word; in `📋 TODO list` it belongs to the title.
        if let end = word?.upperBound,
            bytes[end..<text.upperBound].drop(while: isFiller).first.map(isLetterOrDigit) == true
        {
            word = nil
        }
        return HeadingMarker(marker: found.marker, range: found.range, word: word)
    }

    private static func word(after end: Int, in bytes: [UInt8], _ text: Range<Int>) -> Range<Int>? {
        let rest = bytes[end..<text.upperBound].drop(while: isFiller)
        for candidate in StateWord.words.map({ Array($0.text.utf8) }) where rest.count >= candidate.count {
            let range = rest.startIndex..<(rest.startIndex + candidate.count)
            let isFollowedByLetter = range.upperBound < text.upperBound && isLetterOrDigit(bytes[range.upperBound])
            if !isFollowedByLetter, bytes[range].map(uppercased) == candidate { return range }
        }
        return nil
    }

    private static func isFiller(_ byte: UInt8) -> Bool { LineCursor.isSpace(byte) || isEmphasis(byte) }

    /// A code span is no emphasis: in "Change `📋` to `✅`" the signs are meant as signs.
    private static func isEmphasis(_ byte: UInt8) -> Bool { "*_".utf8.contains(byte) }

    private static let brackets = [
        UInt8(ascii: "("): UInt8(ascii: ")"), UInt8(ascii: "["): UInt8(ascii: "]"),
    ]

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        LineCursor.isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(uppercased(byte))
    }
}
