// Owns the tests of what is known of a job's checkpoints: which moment each one's state is of, how long it took to come home.
// Never waits.

import Testing

@testable import CAIGPU

struct CheckpointsRecordTests {
    private var record = CheckpointRecord(every: 1800, now: 0)

    @Test mutating func askingAgainKeepsTheFirstMoment() {
        record.asks(at: 900)
        #expect(record.facts.askedAt == 900 && record.facts.asks == 1)
        record.asks(at: 1080)
        record.asks(at: 1260)
        #expect(record.facts.askedAt == 900 && record.facts.asks == 3)
        record.writes(4, "d", seconds: 2, after: 1290, at: 1300)
        #expect(record.facts.writtenAsOf == 900, "it may have been the first word that was heard")
        #expect(record.facts.writeSeconds == 400 && record.facts.askedAt == nil)
        record.asks(at: 2000)
        #expect(record.facts.asks == 1)
    }

    @Test mutating func triesThatFailCountForTheTrip() {
        record.asks(at: 900)
        record.writes(1, "d", seconds: 2, after: 905, at: 910)
        for at in [920.0, 940, 990] {
            let pulled = record.pulls()
            #expect(pulled?.seq == 1 && record.facts.isPulling)
            let pause = record.failed(at: at)
            #expect(pause > 0)
            #expect(!record.facts.isPulling && record.facts.pullAgainAt.map { $0 > at } == true)
        }
        _ = record.pulls()
        record.came(at: 1100)
        #expect(record.facts.pullSeconds == 190 && record.facts.homeAsOf == 900)
        #expect(record.facts.pullAgainAt == nil && record.written == nil && record.failures == 0)
    }

    /// The next one takes its place before the first has come: the trip began with the first.
    @Test mutating func aNewerOneDoesNotHideThatTheFirstFailed() {
        record.writes(1, "a", seconds: 1, after: 99, at: 100)
        _ = record.pulls()
        _ = record.failed(at: 200)
        record.writes(2, "b", seconds: 1, after: 499, at: 500)
        let pulled = record.pulls()
        #expect(pulled?.seq == 2)
        record.came(at: 600)
        #expect(record.facts.pullSeconds == 500 && record.facts.homeAsOf == 498)
    }

    @Test mutating func whatCameHomeIsWhatWasBroughtNotWhatWasWrittenMeanwhile() {
        record.writes(1, "a", seconds: 1, after: 99, at: 100)
        _ = record.pulls()
        record.writes(2, "b", seconds: 1, after: 149, at: 150)
        record.came(at: 160)
        #expect(record.facts.homeAsOf == 98 && record.facts.pullSeconds == 60)
        #expect(record.written?.seq == 2 && record.facts.writtenAsOf == 148)
        _ = record.pulls()
        record.came(at: 170)
        #expect(record.facts.homeAsOf == 148 && record.facts.pullSeconds == 20 && record.written == nil)
    }

    /// Nobody looked for a while: it may be as old as the last look.
    @Test mutating func oneThatWasNotAskedForIsAsOldAsItMayBe() {
        record.writes(1, "a", seconds: 5, after: 400, at: 1000)
        #expect(record.facts.writtenAsOf == 395 && record.facts.writeSeconds == 5)
    }

    @Test mutating func oneThatWasBegunBeforeItWasAskedForIsNotTheAnswer() {
        record.asks(at: 900)
        record.writes(1, "a", seconds: 60, after: 915, at: 920)
        #expect(record.facts.askedAt == 900 && record.facts.writtenAsOf == 855)
        record.writes(2, "b", seconds: 60, after: 970, at: 980)
        #expect(record.facts.askedAt == nil && record.facts.writtenAsOf == 900)
    }

    @Test mutating func anAttemptBeginsWithWhatItGoesOnFrom() {
        record.writes(1, "a", seconds: 1, after: 99, at: 100)
        record.starts(at: 5000)
        #expect(record.facts.startedAt == 5000 && record.written?.seq == 1)
        #expect(CheckpointPolicy().verdict(record.facts, now: 5001).action == .pull)
        record.loses(at: 6000)
        #expect(record.written == nil && CheckpointPolicy().verdict(record.facts, now: 6001).action != .pull)
    }

    /// A model that is fetched for an hour: nothing is at risk, and how long a checkpoint takes is not learnt from it.
    @Test mutating func whileItGetsReadyThereIsNothingToLose() {
        record.starts(at: 0)
        for now in stride(from: 0.0, through: 3600, by: 10) {
            record.prepares(at: now)
            let verdict = CheckpointPolicy().verdict(record.facts, now: now + 10)
            #expect(verdict.action == .wait(until: now + 900) && verdict.atRisk == 10 && verdict.warnings.isEmpty)
        }
        record.works()
        record.prepares(at: 4000)
        #expect(record.facts.startedAt == 3600, "from then on it counts, whatever it loads in between")
        #expect(CheckpointPolicy().verdict(record.facts, now: 4500).action == .ask)
    }

    /// What it goes on from is brought home while it gets ready.
    @Test mutating func whatItBeganWithIsFetchedMeanwhile() {
        record.writes(1, "a", seconds: 1, after: 99, at: 100)
        record.starts(at: 200)
        record.prepares(at: 210)
        #expect(CheckpointPolicy().verdict(record.facts, now: 211).action == .pull)
        _ = record.pulls()
        record.prepares(at: 220)
        record.came(at: 230)
        record.works()
        let verdict = CheckpointPolicy().verdict(record.facts, now: 240)
        #expect(verdict.atRisk == 20 && verdict.action != .pull)
    }

    @Test mutating func aJobThatIsFoundAtWorkIsAsOldAsItsLastCopyHere() {
        record.attaches(at: 10_000, age: 1500)
        let verdict = CheckpointPolicy().verdict(record.facts, now: 10_000)
        #expect(verdict.action == .ask && verdict.atRisk == 1500)
        record.finds(3, "c", age: 600, at: 10_000)
        #expect(CheckpointPolicy().verdict(record.facts, now: 10_000).action == .pull)
        _ = record.pulls()
        record.came(at: 10_010)
        #expect(record.facts.homeAsOf == 9400)
        // Known already: what was told of it holds.
        record.writes(4, "d", seconds: 0, after: 10_900, at: 10_900)
        record.finds(4, "d", age: 1800, at: 11_000)
        #expect(record.facts.writtenAsOf == 10_900)
    }
}
