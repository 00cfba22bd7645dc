// Owns what is remembered of a job while it is watched, over connections, attempts and pods.
// Never talks to anybody.

/// The state of watching one job.
struct JobWatch: Sendable {
    /// The machine and boot it was last seen on.
    private(set) var pod: String?
    private(set) var reader = EventReader()
    private(set) var history = JobHistory()
    private(set) var pulse: JobPulse
    /// An attempt ran under our eyes, so how it ended is about this call and not about an earlier life.
    var isWatched = false
    /// The journal has heard of a start, and wants to hear of an end.
    var isAnnounced = false
    /// The newest one that it has told of on this disk.
    private(set) var checkpoint: JobEvent?
    /// When the events on this disk were last read to their end, by our clock: what is read later is younger. nil before the first time.
    var readAt: Double?
    /// Attempts in a row that died without advancing.
    private(set) var fruitless = 0
    /// How often it has been restarted because it made no useful progress.
    var stalls = 0
    /// Warnings of the job's own that were passed on.
    var warnings = 0
    private let blank: JobPulse
    private var advanceAtStart = 0.0
    private var advanceSeen = 0.0
    /// The end of the attempt before was the machine's, not the job's.
    private var isExcused = false
    /// Seconds that were worked on disks which are gone, and on the last one before this boot: it may be this one.
    private var (gone, before) = (0.0, 0.0)

    init(_ pulse: JobPulse) { (self.pulse, blank) = (pulse, pulse) }

    /// Seconds in which a worker ran, over all attempts, boots and disks.
    var seconds: Double { gone + history.workedSeconds }

    /// Another boot, perhaps another disk: its events are read from their beginning.
    mutating func moves(to pod: String) {
        if self.pod != nil {
            leaveDisk()
            isExcused = true
        }
        self.pod = pod
    }

    /// The disk has never heard of the job: what was worked elsewhere counts all the same.
    mutating func findsNothing() {
        leaveDisk()
        (gone, before) = (gone + before, 0)
    }

    private mutating func leaveDisk() {
        history.closeAttempt()
        // A boot on which nothing could be read has nothing to say about the disk before it.
        before = max(before, history.workedSeconds)
        (reader, history, pulse, checkpoint, readAt) = (EventReader(), JobHistory(), blank, nil, nil)
    }

    /// Takes what was read of the events from where the reader is.
    mutating func take(_ bytes: [UInt8], limit: Int, at now: Double) -> [JobEvent] {
        let events = reader.take(bytes, limit: limit)
        for event in events {
            history.add(event)
            pulse.add(event, readAt: now)
            if event.event == "checkpoint" { checkpoint = event }
        }
        return events
    }

    /// The worker is gone: the seconds of its attempt are over.
    mutating func closes() { history.closeAttempt() }

    /// Whether it has advanced since this was asked last.
    mutating func hasAdvanced() -> Bool {
        defer { advanceSeen = history.advance }
        return history.advance > advanceSeen
    }

    /// The attempt is over, one way or another.
    /// - Returns: whether there is a point in another one.
    mutating func died() -> Bool {
        if isExcused {
            isExcused = false
            return true
        }
        fruitless = history.advance > advanceAtStart ? 0 : fruitless + 1
        return fruitless <= 3
    }

    mutating func starts() {
        advanceAtStart = history.advance
        history.restarts()
        pulse = blank
    }
}
