// Owns one job and its checkpoints in virtual time: a worker that writes when asked, a line that carries them home, both as slow and
// as faulty as a test wants. What the policy says is done at once.
// Never judges; it tells how much work was at risk, at the worst.

@testable import CAIGPU

/// How one copy fares.
struct CheckpointTrip {
    /// Seconds from asking to complete on the pod.
    var write: Double
    /// Seconds of each try to bring it home; all but the last fail.
    var pulls: [Double]
    /// Seconds between two tries.
    var pause = 0.0

    var seconds: Double { write + pulls.reduce(0, +) + pause * Double(pulls.count - 1) }
}

/// A job from its start to a given moment.
struct CheckpointLine {
    private(set) var facts: CheckpointFacts
    private(set) var now = 0.0
    /// The most that could have been lost at any moment.
    private(set) var worst = 0.0
    private(set) var copies = 0
    /// At the moments at which more than a tenth too much was at risk: whether it was said.
    private(set) var unsaid = 0
    private(set) var warnings: Set<String> = []
    private let trips: (Int) -> CheckpointTrip
    private var writtenAt: Double?
    private var pull: (end: Double, tries: Int)?
    private var pullBegan = 0.0

    init(every: Double, trips: @escaping (Int) -> CheckpointTrip) {
        facts = CheckpointFacts(startedAt: 0, every: every)
        self.trips = trips
    }

    private var trip: CheckpointTrip { trips(copies) }

    mutating func run(until end: Double) {
        while now < end { step(end) }
    }

    private mutating func step(_ end: Double) {
        let verdict = CheckpointPolicy().verdict(facts, now: now)
        worst = max(worst, verdict.atRisk)
        warnings.formUnion(verdict.warnings.map { String($0.filter { !$0.isNumber }) })
        if verdict.lateBy > facts.every / 10, !verdict.warnings.contains(where: { $0.contains("late") }) { unsaid += 1 }
        var next = end
        switch verdict.action {
        case .wait(let until): next = max(until, now + 1e-6)
        case .ask:
            facts.asks = facts.askedAt == nil ? 1 : facts.asks + 1
            facts.askedAt = facts.askedAt ?? now
            // Asking again while it writes changes nothing.
            writtenAt = writtenAt ?? now + trip.write
            return
        case .pull:
            facts.isPulling = true
            if facts.pullAgainAt == nil { pullBegan = now }
            pull = (now + trip.pulls[pull?.tries ?? 0], (pull?.tries ?? 0) + 1)
            return
        }
        if let writtenAt { next = min(next, writtenAt) }
        if facts.isPulling, let pull { next = min(next, pull.end) }
        now = min(next, end)
        // What can be lost is the most just before something arrives.
        worst = max(worst, CheckpointPolicy().verdict(facts, now: now).atRisk)
        arrive()
    }

    private mutating func arrive() {
        if let at = writtenAt, at <= now, let asked = facts.askedAt {
            writtenAt = nil
            (facts.writtenAsOf, facts.writeSeconds, facts.askedAt) = (at - trip.write, now - asked, nil)
        }
        guard facts.isPulling, let pull, pull.end <= now else { return }
        facts.isPulling = false
        if pull.tries < trip.pulls.count {
            facts.pullAgainAt = now + trip.pause
            return
        }
        (facts.homeAsOf, facts.pullSeconds, facts.pullAgainAt) = (facts.writtenAsOf, now - pullBegan, nil)
        copies += 1
        self.pull = nil
    }
}
