// Owns one pod's meter: which rates held from when to when. Every figure of money is computed from these spans.
// Never looks at a clock, and never forgets a span.

/// What a pod costs while nothing about it changes.
struct Rates: Codable, Sendable, Equatable {
    /// USD per hour.
    var compute = 0.0
    var storage = 0.0
}

/// Instants are seconds since 1970.
struct Meter: Codable, Sendable {
    struct Span: Codable, Sendable {
        var start: Double
        /// nil while it lasts.
        var end: Double?
        var rates: Rates
    }
    private(set) var spans: [Span] = []

    /// From now on these rates hold; nil: nothing more is charged, ever.
    mutating func turn(to rates: Rates?, at now: Double) {
        if let last = spans.indices.last, spans[last].end == nil {
            if spans[last].rates == rates { return }
            spans[last].end = now
        }
        if let rates { spans.append(Span(start: spans.last?.end ?? now, rates: rates)) }
    }

    /// What accrued in a stretch of time.
    /// - Parameter scale: billed seconds in a real one.
    func use(from start: Double = 0, to end: Double, scale: Double) -> Use {
        spans.reduce(into: Use()) { use, span in
            let seconds = max(0, min(span.end ?? end, end) - max(span.start, start))
            if span.rates.compute > 0 { use.seconds += seconds }
            use.computeUSD += seconds * scale / 3600 * span.rates.compute
            use.storageUSD += seconds * scale / 3600 * span.rates.storage
        }
    }
}

/// Time and money that a pod used.
struct Use: Sendable {
    /// Real seconds in which computing was charged.
    var seconds = 0.0
    var computeUSD = 0.0
    var storageUSD = 0.0

    var usd: Double { computeUSD + storageUSD }

    static func + (a: Use, b: Use) -> Use {
        Use(
            seconds: a.seconds + b.seconds, computeUSD: a.computeUSD + b.computeUSD,
            storageUSD: a.storageUSD + b.storageUSD)
    }
}

/// What a GB of a pod's own volume costs.
enum StoragePrice {
    static let hoursPerMonth = 730.0
    /// USD per GB and month.
    static let running = 0.10
    static let stopped = 0.20

    /// USD per hour.
    static func perHour(gigabytes: Int, running isRunning: Bool) -> Double {
        Double(gigabytes) * (isRunning ? running : stopped) / hoursPerMonth
    }
}
