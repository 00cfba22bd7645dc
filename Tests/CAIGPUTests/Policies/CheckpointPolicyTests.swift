// Owns the tests of when a job is asked for a checkpoint and when it is brought home, and of the rule that follows: at most one
// interval of work can be lost, under the conditions that CheckpointPolicy states, and said aloud where they do not hold.

import Testing

@testable import CAIGPU

struct CheckpointPolicyTests {
    private let policy = CheckpointPolicy()

    private func action(_ facts: CheckpointFacts, _ now: Double) -> CheckpointVerdict.Action {
        policy.verdict(facts, now: now).action
    }

    @Test func theFirstOneIsAskedForAtHalfTime() {
        let facts = CheckpointFacts(startedAt: 100, every: 1800)
        #expect(action(facts, 100) == .wait(until: 1000))
        #expect(action(facts, 999) == .wait(until: 1000))
        #expect(action(facts, 1000) == .ask)
    }

    @Test func laterOnesWhenWhatTheyTookLeavesRoom() {
        var facts = CheckpointFacts(
            startedAt: 0, every: 1800, homeAsOf: 1000, writeSeconds: 20, pullSeconds: 100)
        // Twice two minutes, and three of margin.
        #expect(action(facts, 1200) == .wait(until: 1000 + 1800 - 420))
        #expect(action(facts, 2380) == .ask)
        facts.askedAt = 2380
        #expect(action(facts, 2381) == .wait(until: 2380 + 180), "an answer takes its time")
        #expect(action(facts, 2560) == .ask, "the word may have been lost")
        facts.asks = 2
        #expect(action(facts, 2560) == .wait(until: 2740))
        (facts.writtenAsOf, facts.askedAt) = (2385, nil)
        #expect(action(facts, 2401) == .pull)
        facts.isPulling = true
        #expect(action(facts, 2402) == .wait(until: 2800))
        (facts.isPulling, facts.pullAgainAt) = (false, 2450)
        #expect(action(facts, 2449) == .wait(until: 2450))
        #expect(action(facts, 2450) == .pull)
        (facts.homeAsOf, facts.pullAgainAt) = (2385, nil)
        #expect(action(facts, 2500) == .wait(until: 2385 + 1800 - 420))
    }

    @Test func oneThatCameHomeBeforeThisStartIsNone() {
        let facts = CheckpointFacts(startedAt: 5000, every: 1800, homeAsOf: 3000, writtenAsOf: 3000)
        #expect(policy.verdict(facts, now: 5001).atRisk == 1)
        #expect(action(facts, 5001) == .wait(until: 5900))
    }

    @Test func lateByMoreThanATenthIsAWarning() {
        let facts = CheckpointFacts(startedAt: 0, every: 1800, homeAsOf: 0, writtenAsOf: 900, isPulling: true)
        #expect(policy.verdict(facts, now: 1800).lateBy == 0)
        let bit = policy.verdict(facts, now: 1979)
        #expect(bit.lateBy == 179 && bit.warnings == [])
        let late = policy.verdict(facts, now: 2000)
        #expect(late.lateBy == 200 && late.atRisk == 2000)
        #expect(late.warnings.count == 1)
        #expect(late.warnings.first?.contains("3 min 20 s late: 33 min 20 s of work") == true)
    }

    @Test func aLineThatIsTooSlowIsNamedWithWhatIsAtRisk() {
        let facts = CheckpointFacts(startedAt: 0, every: 1800, homeAsOf: 0, writeSeconds: 60, pullSeconds: 1000)
        let words = policy.verdict(facts, now: 10).warnings
        #expect(words.count == 1)
        #expect(
            words.first?.contains("up to 35 min 20 s of work can be lost, not 30 min") == true, "\(words)")
        let slow = CheckpointFacts(startedAt: 0, every: 1800, homeAsOf: 0, writeSeconds: 200, pullSeconds: 10)
        #expect(policy.verdict(slow, now: 10).warnings.first?.contains("more than a tenth") == true)
    }

    /// Every copy, failed tries included, takes at most a tenth of the interval.
    @Test(arguments: 0..<40)
    func atMostOneIntervalIsEverAtRiskWhileCopiesAreQuick(seed: Int) {
        var random = PolicyRandom(seed)
        let every = seed % 2 == 0 ? 1800.0 : 3
        let trips = (0..<500).map { _ in self.trip(of: random.span(0...every / 10), &random) }
        var line = CheckpointLine(every: every) { trips[min($0, trips.count - 1)] }
        line.run(until: 100 * every)
        #expect(line.worst <= every * (1 + 1e-9), "\(line.worst)")
        #expect(line.copies >= 100 && line.warnings.isEmpty, "\(line.warnings)")
    }

    /// The first takes at most half of the interval, each after it at most twice the one before and a tenth, and half at most.
    @Test(arguments: 0..<40)
    func norWhileTheyGrowNoFasterThanStated(seed: Int) {
        var random = PolicyRandom(seed + 1000)
        let every = 1800.0
        var (trips, last) = ([CheckpointTrip](), random.span(0...every / 2))
        for _ in 0..<500 {
            trips.append(trip(of: last, &random))
            last = min(every / 2, random.span(0...2 * last + every / 10))
        }
        var line = CheckpointLine(every: every) { trips[min($0, trips.count - 1)] }
        line.run(until: 100 * every)
        #expect(line.worst <= every * (1 + 1e-9), "\(line.worst)")
        #expect(line.copies > 100 && !line.warnings.contains { $0.contains("late") })
    }

    /// Anything goes: what is at risk stays within what the trips took, and is said.
    @Test(arguments: 0..<40)
    func whereTheConditionsFailItIsBoundedAndSaid(seed: Int) {
        var random = PolicyRandom(seed + 2000)
        let every = 1800.0
        let trips = (0..<200).map { _ in
            self.trip(of: random.chance(0.2) ? random.span(every / 2...3 * every) : random.span(0...every / 4), &random)
        }
        let longest = trips.map(\.seconds).max() ?? 0
        var line = CheckpointLine(every: every) { trips[min($0, trips.count - 1)] }
        line.run(until: 80 * every)
        #expect(line.worst > every && line.worst <= max(every + longest, 2 * longest) + 1e-6)
        #expect(line.unsaid == 0)
        #expect(line.warnings.contains { $0.contains("more than half of checkpoint_every") })
    }

    /// A pod that is lost at any moment, and the job that goes on from home on another.
    @Test(arguments: 0..<30)
    func aPodThatIsLostTakesAtMostOneIntervalAlong(seed: Int) {
        var random = PolicyRandom(seed + 3000)
        let every = 1800.0
        for _ in 0..<20 {
            let trips = (0..<50).map { _ in self.trip(of: random.span(0...every / 10), &random) }
            var line = CheckpointLine(every: every) { trips[min($0, trips.count - 1)] }
            line.run(until: random.span(0...10 * every))
            let lost = line.now - (line.facts.homeAsOf ?? 0)
            #expect(lost <= every * (1 + 1e-9))
        }
    }

    /// A trip of that many seconds in all, with up to four failed tries in it.
    private func trip(of seconds: Double, _ random: inout PolicyRandom) -> CheckpointTrip {
        let write = seconds * random.span(0...0.5)
        let tries = Int(random.span(1...4.99))
        let pause = tries > 1 ? (seconds - write) * 0.1 / Double(tries - 1) : 0
        let left = seconds - write - pause * Double(tries - 1)
        return CheckpointTrip(
            write: write, pulls: Array(repeating: left / Double(tries), count: tries), pause: pause)
    }
}
