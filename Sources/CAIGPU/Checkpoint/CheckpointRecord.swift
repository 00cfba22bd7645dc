// Owns what is known of one job's checkpoints while it is watched, over connections, attempts and pods: what happens to them goes
// in, the facts for CheckpointPolicy come out.
// Never looks at a clock and never talks to anybody. Instants are seconds of one clock of ours.

struct CheckpointRecord: Sendable {
    /// A complete one on the pod.
    struct Written: Sendable, Equatable {
        var seq: Int
        /// Of its manifest; nil where the job did not tell.
        var digest: String?
        /// The moment whose state it holds.
        var asOf: Double
    }

    private(set) var facts: CheckpointFacts
    /// The newest on the pod, while it is not at home.
    private(set) var written: Written?
    /// Tries to bring one home that have failed since the last one came.
    private(set) var failures = 0
    /// Since when there is one on the pod that is not at home: the first of them, where tries have failed.
    private var waitsSince = 0.0
    /// The one that is being brought home, and since when it, or one before it that would not come, was there.
    private var pulled: (this: Written, since: Double)?

    /// This attempt has done something that could be lost.
    private var hasWorked = false

    /// - Parameter every: seconds of work that may be lost at most.
    init(every: Double, now: Double) { facts = CheckpointFacts(startedAt: now, every: every) }

    /// An attempt begins. What it goes on from is at home, or is the newest on the pod.
    mutating func starts(at now: Double) {
        facts = CheckpointFacts(startedAt: now, every: facts.every)
        hasWorked = false
        if let written { writes(written.seq, written.digest, asOf: now, at: now) }
    }

    /// It is getting ready: so far there is nothing to lose that was not there when it began, and nothing to ask for.
    mutating func prepares(at now: Double) {
        guard !hasWorked else { return }
        (facts.startedAt, facts.askedAt) = (now, nil)
        if written != nil {
            written?.asOf = now.nextUp
            facts.writtenAsOf = now.nextUp
        }
    }

    mutating func works() { hasWorked = true }

    /// The job was found at work, and the newest state of it at home is that old.
    mutating func attaches(at now: Double, age: Double) {
        facts = CheckpointFacts(startedAt: now - age, every: facts.every)
        hasWorked = true
    }

    mutating func asks(at now: Double) {
        facts.asks = facts.askedAt == nil ? 1 : facts.asks + 1
        facts.askedAt = facts.askedAt ?? now
    }

    /// The job has told of one.
    /// - Parameters:
    ///   - seconds: what writing it took.
    ///   - after: when its events were last read to their end; it was complete later than that.
    mutating func writes(_ seq: Int, _ digest: String?, seconds: Double, after: Double, at now: Double) {
        hasWorked = true
        // One whose writing began before it was asked for holds an older state, and is not the answer. (In the moments between two
        // looks that cannot be told apart; then the state may be older by what its writing took.)
        if let asked = facts.askedAt, now - seconds >= asked {
            (facts.writeSeconds, facts.askedAt) = (now - asked, nil)
            writes(seq, digest, asOf: asked, at: now)
        } else {
            facts.writeSeconds = seconds
            writes(seq, digest, asOf: min(after, now) - seconds, at: now)
        }
    }

    /// One is there from before it was watched.
    mutating func finds(_ seq: Int, _ digest: String?, age: Double, at now: Double) {
        guard written?.seq != seq else { return }
        writes(seq, digest, asOf: now - age, at: now)
    }

    private mutating func writes(_ seq: Int, _ digest: String?, asOf: Double, at now: Double) {
        // The state that this attempt began with, or what came home before, is the least that it holds.
        let floor = max(facts.startedAt, facts.homeAsOf ?? facts.startedAt).nextUp
        let this = Written(seq: seq, digest: digest, asOf: max(asOf, floor))
        (written, facts.writtenAsOf) = (this, this.asOf)
        if failures == 0 { waitsSince = now }
    }

    /// - Returns: what to bring home.
    mutating func pulls() -> Written? {
        pulled = written.map { ($0, waitsSince) }
        facts.isPulling = written != nil
        return written
    }

    /// What was being brought home is there and verified.
    mutating func came(at now: Double) {
        guard let (this, since) = pulled else { return }
        (facts.homeAsOf, facts.pullSeconds) = (this.asOf, now - since)
        (facts.isPulling, facts.pullAgainAt, failures, pulled) = (false, nil, 0, nil)
        if written?.seq == this.seq {
            (written, facts.writtenAsOf) = (nil, this.asOf)
        } else if since == waitsSince {
            waitsSince = now
        }
    }

    /// It did not come.
    /// - Returns: seconds until it is tried again.
    mutating func failed(at now: Double) -> Double {
        failures += 1
        let pause = min(facts.every / 10, Double(1 << min(failures, 6)))
        (facts.isPulling, facts.pullAgainAt, pulled) = (false, now + pause, nil)
        return pause
    }

    /// It was given up for now, by nobody's fault.
    mutating func lets() { (facts.isPulling, pulled) = (false, nil) }

    /// The disk that they were on is gone.
    mutating func loses(at now: Double) {
        self = CheckpointRecord(every: facts.every, now: now)
    }
}
