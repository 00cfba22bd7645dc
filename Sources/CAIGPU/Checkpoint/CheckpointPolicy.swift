// Owns when a running job is asked for a checkpoint and when it is brought home, so that at most `every` of its work can be lost:
// a pure function of one job's facts and now.
// Never talks to a job. Where the rule cannot be kept, it says so and what is at risk instead.

/// The rule: at every moment the newest verified copy at home holds a state that is at most `every` old.
///
/// It holds for every copy that is at home within `lead` of the moment it was asked for, failed tries included, if these
/// verdicts are carried out when they are due. `lead` is twice what the last copy took and a tenth of the interval, at most half of
/// the interval, and half of it for the first one. So it holds
/// - always, while no copy takes longer than a tenth of the interval, which is the least lead;
/// - while the first takes at most half of the interval, and each after it at most twice the one before and a tenth, and never
///   more than half;
/// - not while copies take more than half of the interval: each is asked for once the one before it is at home, so that up to
///   twice what one takes is at risk. That is said in a warning as soon as the first has shown it.
/// A copy that takes longer than it was given is late by at most what it, and the one before it, took too long; from a tenth of
/// the interval on, that is said.
public struct CheckpointPolicy: Sendable {
    public init() {}

    public func verdict(_ facts: CheckpointFacts, now: Double) -> CheckpointVerdict {
        let from = max(facts.homeAsOf ?? facts.startedAt, facts.startedAt)
        let atRisk = max(0, now - from)
        return CheckpointVerdict(
            action: action(facts, from: from, now: now), atRisk: atRisk, lateBy: max(0, atRisk - facts.every),
            warnings: warnings(facts, atRisk: atRisk))
    }

    private func action(_ facts: CheckpointFacts, from: Double, now: Double) -> CheckpointVerdict.Action {
        if facts.isPulling { return .wait(until: max(from + facts.every, now + facts.every / 10)) }
        if let written = facts.writtenAsOf, written > from {
            if let pause = facts.pullAgainAt, now < pause { return .wait(until: pause) }
            return .pull
        }
        if let asked = facts.askedAt, asked > from {
            // The word may have been lost with a connection or a worker; the answer is only ever late.
            let again = asked + Double(facts.asks) * max(2 * (facts.writeSeconds ?? 0), facts.every / 10)
            return now < again ? .wait(until: again) : .ask
        }
        let due = from + facts.every - Self.lead(facts)
        return now < due ? .wait(until: due) : .ask
    }

    /// Seconds before the limit at which a copy is asked for.
    static func lead(_ facts: CheckpointFacts) -> Double {
        let half = facts.every / 2
        guard let write = facts.writeSeconds, let pull = facts.pullSeconds else { return half }
        return min(half, 2 * (write + pull) + facts.every / 10)
    }

    private func warnings(_ facts: CheckpointFacts, atRisk: Double) -> [String] {
        var warnings: [String] = []
        let every = Words.span(facts.every)
        if atRisk - facts.every > facts.every / 10 {
            warnings.append(
                "its checkpoint is \(Words.span(atRisk - facts.every)) late: \(Words.span(atRisk)) of work are not here, more "
                    + "than the \(every) of checkpoint_every")
        }
        let takes = (facts.writeSeconds ?? 0) + (facts.pullSeconds ?? 0)
        if takes > facts.every / 2 {
            warnings.append(
                "a checkpoint takes \(Words.span(takes)) to come home (writing \(Words.span(facts.writeSeconds ?? 0)), "
                    + "transfer \(Words.span(facts.pullSeconds ?? 0))), more than half of checkpoint_every: up to "
                    + "\(Words.span(2 * takes)) of work can be lost, not \(every). Keep less in a checkpoint, or set "
                    + "checkpoint_every to at least \(Words.span(2 * takes))")
        }
        if let write = facts.writeSeconds, write > facts.every / 10 {
            warnings.append(
                "a step and writing its checkpoint take \(Words.span(write)), more than a tenth of checkpoint_every (\(every)); "
                    + "make it longer")
        }
        return warnings
    }
}
