// Owns telling from a job's events whether it has stalled, although its pod has a clock of its own.
// Never looks at a clock.

/// The useful progress of one attempt, as it is read.
struct JobPulse: Sendable {
    private let settings: StallSettings
    /// The output of a program of its own is all that can be known of how it gets on.
    private let hearsOutput: Bool
    private var watch: StallWatch?
    /// Seconds by which our clock is ahead of the pod's, as the quickest word has shown it.
    private var ahead = Double.infinity
    /// The newest word, when it was read, and the seconds by which the pod's clock was set back in all: here its time neither
    /// runs backwards nor leaps.
    private var (newest, readAt, shift) = (-Double.infinity, -Double.infinity, 0.0)
    /// Seconds by which a word may come quicker than any before it.
    private static let slack = 60.0

    /// - Parameter kind: the job's.
    init(_ settings: StallSettings, kind: String) {
        (self.settings, hearsOutput) = (settings, kind == "script")
    }

    mutating func add(_ event: JobEvent, readAt now: Double) {
        shift = max(shift, newest - event.t)
        // No time can have passed there that has not passed here; words that are read together are as old as they say.
        let leap = ahead - (now - event.t - shift)
        if now > readAt, leap.isFinite, leap > Self.slack { shift = max(shift - leap, newest - event.t) }
        let t = event.t + shift
        (newest, readAt, ahead) = (t, now, min(ahead, now - t))
        switch event.event {
        case "started": watch = StallWatch(settings, startedAt: t)
        case "progress":
            if watch == nil { watch = StallWatch(settings, startedAt: t) }
            watch?.observe(ProgressObservation(t: t, done: event.done ?? 0, unit: event.unit, loss: event.loss))
        case "log" where hearsOutput:
            if watch == nil { watch = StallWatch(settings, startedAt: t) }
            watch?.hears(at: t)
        default: break
        }
    }

    /// - Parameter now: our clock, at the moment up to which the events have been read.
    func stall(asOf now: Double) -> Stall? { watch?.stall(asOf: now - ahead) }
}
