// Owns pauses between tries: doubled each time, bounded, spread by a seed so that many daemons do not come back at once.
// Never asks the system for randomness: equal seeds give equal pauses.

/// Exponential backoff with jitter.
public struct Backoff: Sendable, Equatable, Codable {
    /// Seconds before the second try.
    var first: Double
    /// Seconds, before jitter.
    var most: Double
    /// 0…1: how much a pause may grow by chance.
    var jitter: Double
    var seed: UInt64

    public init(first: Double, most: Double, jitter: Double = 0.2, seed: UInt64) {
        (self.first, self.most, self.jitter, self.seed) = (first, most, jitter, seed)
    }

    /// Seconds to wait after so many failed tries in a row, counted from 1.
    public func delay(after failures: Int) -> Double {
        let doubled = first * Double(1 << min(max(failures, 1) - 1, 30))
        return min(most, doubled) * (1 + jitter * chance(failures))
    }

    /// 0..<1: one step of SplitMix64 (Steele, Lea & Flood, 2014).
    private func chance(_ number: Int) -> Double {
        var z = seed &+ UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
}
