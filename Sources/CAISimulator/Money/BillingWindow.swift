// Owns the calendar of billing: which buckets a query asks for, in UTC.
// Never knows what was spent in them.

import FoundationEssentials

/// The buckets of a billing query; instants in seconds since 1970.
struct BillingWindow {
    enum Size: String, CaseIterable {
        case hour, day, week, month, year
    }
    var size: Size
    var buckets: [(start: Double, end: Double)]

    var start: Double { buckets.first?.start ?? 0 }
    var end: Double { buckets.last?.end ?? 0 }

    /// The window that a query resolves to: the last `lastN` buckets, or from `startTime` to `endTime`, widened to whole ones.
    init(query: [String: String], now: Double) throws(Problem) {
        guard let size = Size(rawValue: query["bucketSize"] ?? "day") else {
            throw .invalid(["bucketSize: must be one of hour, day, week, month, year"])
        }
        self.size = size
        func instant(_ name: String) throws(Problem) -> Double? {
            guard let text = query[name] else { return nil }
            guard let date = Date(instantText: text) else { throw .invalid(["\(name): not an RFC 3339 instant"]) }
            return date.timeIntervalSince1970
        }
        let (from, to) = (try instant("startTime"), try instant("endTime"))
        var last: Int?
        if let text = query["lastN"] {
            guard let number = Int(text), number >= 1 else {
                throw .invalid(["lastN: must be a whole number of at least 1"])
            }
            guard from == nil, to == nil else { throw .bad("lastN cannot be combined with startTime or endTime") }
            last = number
        }
        let end = Self.bucket(size, at: (to ?? now) - (to == nil ? 0 : 0.001)).end
        var start = Self.bucket(size, at: from ?? (to ?? now) - 30 * 86400).start
        guard start < end else { throw .bad("startTime must lie before endTime") }
        if last != nil { start = -.infinity }
        buckets = []
        var edge = end
        while edge > start, buckets.count < last ?? .max {
            guard buckets.count < 10_000 else { throw .bad("more than 10,000 buckets; ask for larger ones") }
            let bucket = Self.bucket(size, at: edge - 0.001)
            buckets.append(bucket)
            edge = bucket.start
        }
        buckets.reverse()
    }

    /// The bucket an instant lies in.
    private static func bucket(_ size: Size, at instant: Double) -> (start: Double, end: Double) {
        switch size {
        case .hour: return fixed(3600, 0, instant)
        case .day: return fixed(86400, 0, instant)
        // The first of January 1970 was a Thursday; weeks begin on Monday.
        case .week: return fixed(7 * 86400, 4 * 86400, instant)
        case .month, .year:
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let found = calendar.dateInterval(
                of: size == .month ? .month : .year, for: Date(timeIntervalSince1970: instant))
            return found.map { ($0.start.timeIntervalSince1970, $0.end.timeIntervalSince1970) }
                ?? fixed(86400, 0, instant)
        }
    }

    private static func fixed(_ length: Double, _ offset: Double, _ instant: Double) -> (start: Double, end: Double) {
        let start = ((instant - offset) / length).rounded(.down) * length + offset
        return (start, start + length)
    }
}
