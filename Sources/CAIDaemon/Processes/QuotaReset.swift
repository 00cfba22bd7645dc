// Owns reading when a provider's limit is lifted: a number of seconds since 1970, an instant, a duration, a time of day.
// Never more than eight days ahead: what lies further is a mistake, and then nothing is known.

import CAISystem
// The whole of Foundation, because only that knows named time zones.
import Foundation

/// The times that agent programs name.
enum QuotaReset {
    /// - Parameter text: the message, and perhaps the lines around it.
    static func date(in text: String, now: Date) -> Date? {
        let text = text.replacing("\u{2019}", with: "'")
        let date = stamp(text) ?? instant(text) ?? duration(text, now) ?? clockTime(text, now)
        guard let date, date >= now, date.timeIntervalSince(now) <= 8 * 86400 else { return nil }
        return date
    }

    /// `usage limit reached|1763740800`, in seconds or milliseconds.
    private static func stamp(_ text: String) -> Date? {
        guard let found = text.firstMatch(of: /\|\s*(\d{10}|\d{13})\b/), let number = Double(found.1) else {
            return nil
        }
        return Date(timeIntervalSince1970: found.1.count == 13 ? number / 1000 : number)
    }

    /// `resets 2026-11-22T08:00:00Z`.
    private static func instant(_ text: String) -> Date? {
        let pattern =
            /(?:reset|until|again|available|after)[a-z_]*[^0-9\n]{0,20}(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)? ?([Zz]|[+-]\d\d:?\d\d|UTC|utc)?/
            .ignoresCase()
        guard let found = text.firstMatch(of: pattern) else { return nil }
        var zone = found.4.map { $0.uppercased() } ?? "Z"
        if zone == "UTC" { zone = "Z" }
        return Date(instantText: "\(found.1)T\(found.2)\(found.3 ?? ":00")\(zone)")
    }

    /// `try again in 5 hours 12 minutes`, `Retry-After: 30`, `Please retry in 34.07s.`
    private static func duration(_ text: String, _ now: Date) -> Date? {
        let before =
            /(?:try(?:ing)? again|retry[- _]?after|retry[- _]?delay|retry(?:ing)?|resets?|wait|available(?: again)?)["':=\s]*(?:in|after|for)?["':=\s]*(?:about\s+)?/
        let part =
            /(\d+(?:\.\d+)?)\s*(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|ms|s)(?![a-z])[\s,]*(?:and\s+)?/
        let text = text.lowercased()
        for start in text.matches(of: before) {
            var rest = text[start.range.upperBound...]
            var seconds: Double?
            while let found = rest.prefixMatch(of: part), let number = Double(found.1) {
                seconds = (seconds ?? 0) + number * unit(found.2)
                rest = rest[found.range.upperBound...]
            }
            // The header's number alone means seconds.
            if seconds == nil, start.0.contains("after"),
                let found = rest.prefixMatch(of: /(\d{1,6})(?![\d:.]|\s*[ap]m)/)
            {
                seconds = Double(found.1)
            }
            if let seconds { return now.addingTimeInterval(seconds) }
        }
        return nil
    }

    private static func unit(_ name: Substring) -> Double {
        switch name {
        case "ms": 0.001
        case _ where name.hasPrefix("d"): 86400
        case _ where name.hasPrefix("h"): 3600
        case _ where name.hasPrefix("m"): 60
        default: 1
        }
    }

    /// `resets 3pm (Europe/Berlin)`, `resets at 15:00`, `resets Nov 24 at 5pm`: the next such time, in the zone that is named or
    /// in the machine's.
    private static func clockTime(_ text: String, _ now: Date) -> Date? {
        let pattern =
            /(?:resets?|again|available|until)(?:\s+(?:at|on))?\s+(?:(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+\d{4})?(?:,|\s+at)?\s+)?(\d{1,2})(?::(\d\d))?(?::\d\d)?\s*([ap]\.?m\b)?\.?\s*\(?(utc|gmt|[a-z]+\/[a-z_+\-0-9\/]+)?/
            .ignoresCase()
        for found in text.matches(of: pattern) {
            // A number alone may be anything.
            guard found.4 != nil || found.5 != nil, var hour = Int(found.3) else { continue }
            if let half = found.5?.lowercased() {
                guard (1...12).contains(hour) else { continue }
                hour = hour % 12 + (half.hasPrefix("p") ? 12 : 0)
            }
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = found.6.flatMap { zone($0) } ?? .current
            var parts = DateComponents(hour: hour, minute: found.4.flatMap { Int($0) } ?? 0, second: 0)
            guard hour < 24, parts.minute ?? 0 < 60 else { continue }
            let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            if let month = found.1.flatMap({ months.firstIndex(of: $0.lowercased()) }),
                let day = found.2.flatMap({ Int($0) })
            {
                (parts.month, parts.day) = (month + 1, day)
            }
            return calendar.nextDate(after: now, matching: parts, matchingPolicy: .nextTime)
        }
        return nil
    }

    private static func zone(_ name: Substring) -> TimeZone? {
        ["utc", "gmt"].contains(name.lowercased()) ? .gmt : TimeZone(identifier: String(name))
    }
}
