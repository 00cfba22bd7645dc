// Owns: random markdown for property tests, the same for the same seed.
// Its documents are made of what trips scanners up: unclosed fences, half boxes, markers, broken UTF-8.
// Never checks anything.

/// A small deterministic generator (SplitMix64, Steele et al. 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static let fragments = [
        "- [ ] open", "- [x] ticked", "  - [ ] nested", "* [X] star", "1. [ ] first", "> - [ ] quoted", "- [ ] twin",
        "- [-] no box", "- []", "## Two 📋 TODO", "## Done ✅ DONE", "## Going ⏳ Doing", "### Three ⏳", "### ✅ Front",
        "### New 📋 NEW", "## Plain", "# Top", "### Alarm 🚨", "```", "````sh", "~~~", "  ```", "<!-- note", "-->", "---",
        "**Completed**: 2024-01-01", "**Completed**:", "**Completed**: soon", "**Target Completion**: 2024-02-02",
        "**Last Updated**: 2024-03-03 (x)", "text ✅ DONE", "| M1 | ✅ Done |", "", "", "    code", "\tTab", "\u{FEFF}",
        "<!-- caid:begin a -->", "<!-- caid:end a -->", "<!-- caid:begin b -->", "<!-- caid:end b -->", "âœ…",
    ]

    mutating func document(lineEnding: String = "\n") -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &self) {
            if Int.random(in: 0..<20, using: &self) == 0 {
                bytes += (0..<5).map { _ in UInt8.random(in: .min ... .max, using: &self) }
            } else {
                bytes += Array((Self.fragments.randomElement(using: &self) ?? "").utf8)
            }
            bytes += Array(lineEnding.utf8)
        }
        if Bool.random(using: &self) { bytes = bytes.dropLast(lineEnding.utf8.count) }
        return bytes
    }

    /// A file of any kind: bytes at random, soup, or one of `samples` with something done to it; then perhaps with
    /// other line endings, a byte-order mark, broken UTF-8, NULs, a lone CR, a very long line, or its end cut off.
    mutating func file(samples: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8]
        switch Int.random(in: 0..<8, using: &self) {
        case 0:
            bytes = (0..<Int.random(in: 0...300, using: &self)).map { _ in UInt8.random(in: .min ... .max, using: &self)
            }
        case 1...3: bytes = document()
        default:
            bytes = samples.randomElement(using: &self) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &self) { bytes = mutated(bytes) }
        }
        if oneIn(4) { bytes = bytes.flatMap { $0 == 10 ? [13, 10] : [$0] } }
        if oneIn(8) { bytes = [0xEF, 0xBB, 0xBF] + bytes }
        let long = Array(repeating: UInt8(ascii: "x"), count: oneIn(10) ? 5000 : 100)
        for odd in [[0xFF, 0xC3], [0], [13], long] where oneIn(8) {
            bytes.insert(contentsOf: odd, at: Int.random(in: 0...bytes.count, using: &self))
        }
        if oneIn(4) { bytes.removeLast(Int.random(in: 0...min(3, bytes.count), using: &self)) }
        return bytes
    }

    /// The file with lines taken out, doubled, put elsewhere, or put in between.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
        let place = Int.random(in: 0..<lines.count, using: &self)
        let other = Int.random(in: 0..<lines.count, using: &self)
        switch Int.random(in: 0..<4, using: &self) {
        case 0: lines.remove(at: place)
        case 1: lines.insert(lines[other], at: place)
        case 2: lines.swapAt(place, other)
        default: lines.insert(Array((Self.fragments.randomElement(using: &self) ?? "").utf8), at: place)
        }
        return Array(lines.joined(separator: [10]))
    }

    mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
