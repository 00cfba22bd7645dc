// Owns telling from a job's events whether it has stalled, although its pod has a clock of its own.
// Never looks at a clock.

/// The useful progress of one attempt, as it is read.
struct JobPulse {
    private let settings: StallSettings
    private var watch: StallWatch?
    /// Seconds by which our clock is ahead of the pod's, as the quickest word has shown it.
    private var ahead = Double.infinity

    init(_ settings: StallSettings) { self.settings = settings }

    mutating func add(_ event: JobEvent, readAt now: Double) {
        ahead = min(ahead, now - event.t)
        if event.event == "started" { watch = StallWatch(settings, startedAt: event.t) }
        guard event.event == "progress" else { return }
        if watch == nil { watch = StallWatch(settings, startedAt: event.t) }
        watch?.observe(ProgressObservation(t: event.t, done: event.done ?? 0, unit: event.unit, loss: event.loss))
    }

    /// - Parameter now: our clock, at the moment up to which the events have been read.
    func stall(asOf now: Double) -> Stall? { watch?.stall(asOf: now - ahead) }
}
