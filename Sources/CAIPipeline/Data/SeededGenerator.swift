// Owns all randomness of the pipeline: a stream of numbers determined by a seed and labels.
// Never asks the system for randomness, and never relies on an algorithm of the standard library that may change.

import CAISystem

/// SplitMix64 (Steele, Lea & Flood, 2014), begun from the SHA-256 of a seed and labels.
///
/// Equal seed and labels give equal numbers on every platform and in every version; different labels give streams that
/// have nothing to do with each other.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The stream from a given state, for tests against published values.
    init(state: UInt64) { self.state = state }

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - labels: what the stream is for. Each is hashed with its length, so ("ab", "c") is not ("a", "bc").
    public init(seed: Int, _ labels: String...) {
        let text = "\(seed)" + labels.map { "\u{0}\($0.utf8.count)\u{0}\($0)" }.joined()
        state = SHA256.hex(of: text).utf8.prefix(16).reduce(0) { number, digit in
            number << 4 | UInt64(digit < 58 ? digit - 48 : digit - 87)  // '0'…'9', 'a'…'f'
        }
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in 0..<bound, each equally likely: draws from the uneven start of the range are thrown away.
    /// - Parameter bound: at least 1.
    public mutating func index(below bound: Int) -> Int {
        let bound = UInt64(bound)
        let uneven = (0 &- bound) % bound
        var draw = next()
        while draw < uneven { draw = next() }
        return Int(draw % bound)
    }

    /// The elements in a random order (Fisher–Yates, from the end).
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var shuffled = elements
        for last in stride(from: shuffled.count - 1, to: 0, by: -1) {
            shuffled.swapAt(last, index(below: last + 1))
        }
        return shuffled
    }

    /// Up to `count` distinct elements in a random order.
    public mutating func sample<Element>(_ elements: [Element], count: Int) -> [Element] {
        Array(shuffled(elements).prefix(max(0, count)))
    }
}
