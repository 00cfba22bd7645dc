// Owns: what a Status cell of the budget table says: a marker with or without its word, a word alone, or nothing yet.
// Never understands more than that: "⏳ Started" stays as it is, because "✅ Started" would be nonsense.

/// The state in a Status cell.
struct BudgetStatus {
    /// Nil where a placeholder stands, or nothing.
    let marker: RoadmapMarker?
    /// What a new state replaces.
    let range: Range<Int>
    private let parts: [Part]

    private enum Part {
        case marker
        case word(String)
        case kept(String)
    }

    /// Nil if the cell says something else.
    init?(_ bytes: [UInt8], _ text: Range<Int>) {
        func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        if RoadmapLabel.isPlaceholder(string(text)) {
            (marker, range, parts) = (nil, text, [.marker])
            return
        }
        guard let found = HeadingMarker.alone(in: bytes, text) else {
            guard let word = StateWord.words.first(where: { $0.text == string(text).uppercased() }) else { return nil }
            (marker, range, parts) = (word.marker, text, [.word(string(text))])
            return
        }
        marker = found.marker
        guard let word = found.word else {
            (range, parts) = (found.range, [.marker])
            return
        }
        let isFirst = word.lowerBound < found.range.lowerBound
        let (first, second) = isFirst ? (word, found.range) : (found.range, word)
        let gap = Part.kept(string(first.upperBound..<second.lowerBound))
        range = first.lowerBound..<second.upperBound
        parts = isFirst ? [.word(string(word)), gap, .marker] : [.marker, gap, .word(string(word))]
    }

    /// The text for another state in its place, the word in the letter case it had.
    func text(for marker: RoadmapMarker) -> String {
        parts.map { part in
            switch part {
            case .marker: marker.rawValue
            case .word(let old): StateWord.replacement(for: old, by: marker) ?? old
            case .kept(let text): text
            }
        }.joined()
    }
}
