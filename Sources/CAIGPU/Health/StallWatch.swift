// Owns telling a job that works from one that only lives: fed with what the job's events say of its progress.
// Never looks at a clock: it is told until when the events are known, so that a lost connection is no stall.

/// One word about how far a job is.
public struct ProgressObservation: Sendable, Equatable {
    /// When it was so, in seconds: by the pod's clock, brought to the one of `stall(asOf:)`.
    public var t: Double
    public var done: Double
    /// `steps`, `records` and `tokens` are useful; anything else is getting ready.
    public var unit: String?
    public var loss: Double?

    public init(t: Double, done: Double, unit: String?, loss: Double? = nil) {
        (self.t, self.done, self.unit, self.loss) = (t, done, unit, loss)
    }
}

/// After how long what counts as a stall, in seconds.
public struct StallSettings: Sendable, Equatable {
    public var stallAfter: Double
    /// The longest that getting ready may take without any sign of getting on: a big model loads silently.
    public var setupQuiet: Double
    /// The longest that it may take in all, without the time in which what is counted grew: a download takes as long as it takes.
    public var setupLimit: Double

    public init(stallAfter: Double = 900, setupQuiet: Double = 1800, setupLimit: Double = 7200) {
        (self.stallAfter, self.setupQuiet, self.setupLimit) = (stallAfter, setupQuiet, setupLimit)
    }
}

/// Watches one attempt of one job. A new one for each start: what was usual on another machine says nothing.
public struct StallWatch: Sendable {
    static let usefulUnits: Set<String> = ["steps", "records", "tokens"]
    let settings: StallSettings
    /// When it began to get ready; nil while it works.
    private var setupSince: Double?
    /// When it last got on, with whatever it was about.
    private var advancedAt: Double
    private var (unit, done) = (String?.none, 0.0)
    private var isNotANumber = false
    private var speed = SpeedHistory()

    /// - Parameter startedAt: when the attempt began.
    public init(_ settings: StallSettings, startedAt: Double) {
        (self.settings, setupSince, advancedAt) = (settings, startedAt, startedAt)
    }

    public mutating func observe(_ seen: ProgressObservation) {
        if let loss = seen.loss, !loss.isFinite { isNotANumber = true }
        let isUseful = seen.unit.map(Self.usefulUnits.contains) ?? false
        let isOther = seen.unit != unit
        if isOther {
            (unit, done) = (seen.unit, seen.done)
            speed = SpeedHistory()
            if isUseful { speed.add(t: seen.t, done: seen.done, window: window) }
            // Having begun to work is itself an advance; going over to another way of getting ready is one too.
            setupSince = isUseful ? nil : setupSince ?? seen.t
            advancedAt = max(advancedAt, seen.t)
        } else if seen.done > done {
            if let since = setupSince { setupSince = since + max(0, seen.t - advancedAt) }
            done = seen.done
            advancedAt = max(advancedAt, seen.t)
        }
        if isUseful, !isOther { speed.add(t: seen.t, done: seen.done, window: window) }
    }

    /// The program that the job runs has said something: it is at work, however far.
    public mutating func hears(at t: Double) {
        setupSince = nil
        advancedAt = max(advancedAt, t)
    }

    /// Whether the job has stalled.
    /// - Parameter asOf: the moment up to which its events have been read: while nobody can read them, it stands still.
    public func stall(asOf: Double) -> Stall? {
        if isNotANumber { return .notANumber }
        let quiet = asOf - advancedAt
        if let setupSince {
            let isTooLong = asOf - setupSince >= settings.setupLimit
            return isTooLong || quiet >= settings.setupQuiet ? .setup(seconds: asOf - setupSince) : nil
        }
        if quiet >= settings.stallAfter { return .noProgress(since: advancedAt, seconds: quiet) }
        guard let slow = speed.slow, asOf - slow.since >= settings.stallAfter else { return nil }
        return .slow(rate: slow.rate, median: slow.median, unit: unit ?? "steps", seconds: asOf - slow.since)
    }

    /// Seconds over which a rate is measured: long enough to be steady, short enough for many within `stallAfter`.
    private var window: Double { settings.stallAfter / 15 }
}
