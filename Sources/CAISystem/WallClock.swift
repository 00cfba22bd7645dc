// Owns the time of day as the daemon sees it: injected, so that policies can be tested in virtual time.
// Never measures durations of a few milliseconds; nothing here depends on them.

import FoundationEssentials

/// A source of the current time.
public protocol WallClock: Sendable {
    func now() -> Date
}

/// The machine's clock.
public struct SystemWallClock: WallClock {
    public init() {}
    public func now() -> Date { Date() }
}

extension Date {
    /// `2026-11-21T01:30:00.123Z`: how every instant is written, in files for people and for programs.
    public var instantText: String {
        formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads what `instantText` writes, with or without the fraction, in UTC or with an offset.
    public init?(instantText: String) {
        for fraction in [true, false] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: fraction)
            if let date = try? Date(instantText, strategy: style) {
                self = date
                return
            }
        }
        return nil
    }
}
