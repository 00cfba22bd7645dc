// Owns the time of day as the daemon sees it: injected, so that policies can be tested in virtual time.
// Never measures durations of a few milliseconds; nothing here depends on them.

import FoundationEssentials
import Glibc

/// A source of the current time.
public protocol WallClock: Sendable {
    func now() -> Date
    /// How long the machine has been running. For spans of time: nobody sets it, and it stands still while the machine
    /// sleeps, as everybody who writes files does.
    func uptime() -> Duration
}

/// The machine's clock.
public struct SystemWallClock: WallClock {
    public init() {}
    public func now() -> Date { Date() }
    public func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension Date {
    /// `2026-11-21T01:30:00.123Z`: how every instant is written, in files for people and for programs.
    public var instantText: String {
        // The formatter cuts off after the milliseconds; half a microsecond keeps a rounded .123 from becoming .122.
        let rounded = (timeIntervalSince1970 * 1000).rounded() / 1000 + 0.000_000_5
        return Date(timeIntervalSince1970: rounded).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads what `instantText` writes, with or without a fraction, in UTC or with an offset. Lenient about days and hours
    /// that do not exist; who reads what people write checks for them.
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

    /// The day in the machine's time zone, `2026-11-21`: what people write into a roadmap.
    public var localDay: String {
        var seconds = time_t(timeIntervalSince1970.rounded(.down))
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}
