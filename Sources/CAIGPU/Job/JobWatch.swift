// Owns what is remembered of a job while it is watched, over connections, attempts and pods.
// Never talks to anybody.

/// The state of watching one job.
struct JobWatch {
    /// The machine and boot it was last seen on.
    private(set) var pod: String?
    var reader = EventReader()
    var history = JobHistory()
    /// An attempt ran under our eyes, so how it ended is about this call and not about an earlier life.
    var isWatched = false
    /// The newest one that it has told of.
    var checkpoint: JobEvent?
    /// Attempts in a row that died without advancing.
    var fruitless = 0
    var advanceAtStart = 0.0
    /// How often it has been restarted because it made no useful progress.
    var stalls = 0
    private var advanceSeen = 0.0
    /// The end of the attempt before was the machine's, not the job's.
    private var isExcused = false
    /// Seconds that were worked on disks which are gone.
    private var elsewhere = 0.0

    /// Another boot, perhaps another disk: its events are read from their beginning.
    mutating func moves(to pod: String) {
        if self.pod != nil {
            history.closeAttempt()
            (elsewhere, isExcused) = (history.workedSeconds, true)
            (reader, history) = (EventReader(), JobHistory())
            checkpoint = nil
        }
        self.pod = pod
    }

    /// The disk has never heard of the job.
    mutating func findsNothing() {
        history = JobHistory(carrying: elsewhere)
        elsewhere = 0
    }

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
    }
}
