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
}
