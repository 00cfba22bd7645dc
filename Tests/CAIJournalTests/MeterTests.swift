// Owns the tests of the metered ledger: no second and no dollar twice, all sums equal, corrections entered once.

import TestSupport
import Testing

@testable import CAIJournal

struct MeterTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private func mark(_ from: Double, _ until: Double, pod: String = "p") -> MeterMark {
        MeterMark(
            pod: pod, provider: "runpod", state: "running", from: from, until: until, usdPerHour: 3,
            storageUSDPerHour: 0.1)
    }

    private func row(
        _ what: String = "compute", bucket: Double = 0, to: Double, task: String = "a", step: String = "train",
        seconds: Double = 10, usd: Double = 1
    ) -> MeterRow {
        MeterRow(bucket: bucket, to: to, task: task, step: step, what: what, seconds: seconds, usd: usd)
    }

    @Test func rowsOfABucketAreAddedUp() throws {
        for look in 0..<100 {
            let (from, to) = (Double(look) * 10, Double(look) * 10 + 10)
            #expect(
                try journal.addMeter(
                    [row(to: to), row("storage", to: to, usd: 0.25)], mark(from, to)))
        }
        #expect(try journal.ledgerSums() == [LedgerSum(task: "a", step: "train", seconds: 1000, usd: 125)])
        #expect(
            try journal.podSums() == [
                PodSum(pod: "p", seconds: 1000, computeUSD: 100, storageUSD: 25, correctionUSD: 0)
            ])
        let count = try journal.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM ledger") }
        #expect(count == 2, "a day of looks is a few rows")
        let machine = try #require(try journal.machine(id: "p"))
        #expect(machine.meteredFrom == 0 && machine.meteredUntil == 1000 && machine.usdPerHour == 3 && !machine.isOurs)
    }

    @Test func aStretchThatWasMeteredIsNotMeteredAgain() throws {
        #expect(try journal.addMeter([row(to: 10)], mark(0, 10)))
        #expect(try !journal.addMeter([row(to: 10)], mark(0, 10)))
        #expect(try !journal.addMeter([row(to: 20)], mark(5, 20)))
        #expect(try journal.addMeter([row(to: 20)], mark(10, 20)))
        #expect(try journal.addMeter([row(to: 5)], mark(0, 5, pod: "q")), "another pod has its own meter")
        #expect(try journal.ledgerSums().map(\.usd) == [3])
        // A look without money moves the mark alone.
        #expect(try journal.addMeter([], mark(20, 40)))
        #expect(try journal.machine(id: "p")?.meteredUntil == 40)
    }

    @Test func allRowsOfALookOrNone() throws {
        try damageLedger()
        #expect(throws: (any Error).self) {
            try journal.addMeter([row(to: 10), row(to: 10, task: "forbidden")], mark(0, 10))
        }
        #expect(try journal.ledgerSums() == [] && journal.machine(id: "p") == nil)
        #expect(try journal.addMeter([row(to: 10)], mark(0, 10)), "the next look meters it")
    }

    private func damageLedger() throws {
        try journal.database.write {
            try $0.execute(
                sql: """
                    CREATE TRIGGER no_rows BEFORE INSERT ON ledger WHEN NEW.task = 'forbidden'
                    BEGIN SELECT RAISE(ABORT, 'no') ; END
                    """)
        }
    }

    @Test func aCorrectionCountsInItsBucketAndNoTasksAccount() throws {
        try journal.addMeter([row(bucket: 3600, to: 3610)], mark(3600, 3610))
        try journal.addMeter([row(bucket: 7200, to: 7210)], mark(7200, 7210))
        try journal.addCorrection(pod: "p", bucket: 3600, usd: 0.5, note: "first", at: 9000)
        try journal.addCorrection(pod: "p", bucket: 3600, usd: -0.2, note: "second", at: 9500)
        #expect(try abs(journal.meteredUSD(pod: "p", from: 3600, to: 7200) - 1.3) < 1e-9)
        #expect(try journal.meteredUSD(pod: "p", from: 7200, to: 10_800) == 1)
        #expect(try journal.meteredUSD(pod: "q", from: 0, to: 1e9) == 0)
        let row = try #require(try journal.corrections(limit: 9).first)
        #expect(
            row.pod == "p" && row.bucket == 3600 && abs(row.usd - 0.3) < 1e-9 && row.note == "second" && row.at == 9500)
        let sums = try journal.ledgerSums()
        #expect(sums.map(\.task) == ["a", "(pod)"] && sums[1].step == "correction" && sums[1].seconds == 0)
        #expect(try abs(journal.podSums()[0].correctionUSD - 0.3) < 1e-9)
    }

    @Test func sumsByDayAreOfWhenItWas() throws {
        try journal.addMeter([row(bucket: 82_800, to: 86_400)], mark(82_800, 86_400))
        try journal.addMeter([row(bucket: 86_400, to: 86_500, usd: 4)], mark(86_400, 86_500))
        try journal.addCorrection(pod: "p", bucket: 82_800, usd: 0.5, note: "", at: 1e6)
        #expect(
            try journal.daySums() == [DaySum(day: "1970-01-01", usd: 1.5), DaySum(day: "1970-01-02", usd: 4)])
    }

    @Test func aJobOnAMeteredPodIsNotCountedTwice() throws {
        try journal.jobStarts(id: "j", task: "a", step: "train", kind: "train", pod: "runpod", at: 1)
        try journal.addMeter([row(to: 10)], mark(0, 10))
        try journal.jobEnded(id: "j", state: "done", seconds: 9, usd: 7, at: 10, isMetered: true)
        #expect(try journal.ledgerSums() == [LedgerSum(task: "a", step: "train", seconds: 10, usd: 1)])
        #expect(try journal.jobs(ofTask: "a").map(\.state) == ["done"])
        // What it had worked on this machine before stays.
        try journal.jobStarts(id: "k", task: "a", step: "train", kind: "train", pod: "local", at: 1)
        try journal.jobEnded(id: "k", state: "stopped", seconds: 5, usd: 0, at: 6)
        try journal.jobEnded(id: "k", state: "done", seconds: 30, usd: 7, at: 40, isMetered: true)
        #expect(try journal.ledgerSums().map(\.seconds) == [15])
    }
}
