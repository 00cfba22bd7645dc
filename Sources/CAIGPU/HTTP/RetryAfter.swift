// Owns the question when to come back, as an answer's headers tell it: `Retry-After` in seconds or as a date, `RateLimit`.
// Never waits.

import FoundationEssentials
import Glibc

extension HTTPResponse {
    /// Seconds after which asking again makes sense; nil where the answer does not say.
    /// - Parameter now: used where the answer does not say what time it is there.
    func retryAfter(now: Date) -> Double? {
        if let text = headers["retry-after"]?.trimmed {
            if let seconds = Double(text), seconds.isFinite { return max(0, seconds) }
            if let then = Self.seconds(ofDate: text) {
                return max(0, then - (headers["date"].flatMap(Self.seconds(ofDate:)) ?? now.timeIntervalSince1970))
            }
        }
        // "minute";r=0;t=12, "hour";r=2800;t=1812: what is left of each window, and seconds until it begins anew.
        return headers["ratelimit"]?.split(separator: ",").compactMap { window -> Double? in
            let fields = window.split(separator: ";").map { String($0).trimmed }
            func value(_ name: String) -> Double? {
                fields.first { $0.hasPrefix(name + "=") }.flatMap { Double($0.dropFirst(name.count + 1)) }
            }
            guard let left = value("r"), left <= 0, let wait = value("t"), wait.isFinite else { return nil }
            return max(0, wait)
        }.max()
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), the one form that servers still write.
    static func seconds(ofDate text: String) -> Double? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.trimmed.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int32(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        return Double(timegm(&parts))
    }
}

extension String {
    /// Without white space at both ends.
    fileprivate var trimmed: String {
        let kept = drop(while: \.isWhitespace)
        return String(kept.prefix(kept.count - kept.reversed().prefix(while: \.isWhitespace).count))
    }
}
