// Owns the tests of where the money went: that every sum shown is the same sum, and how it is told.

import CAIJournal
import CAISystem
import CAIWorkflow
import Foundation
import TestSupport
import Testing

@testable import CAIDaemon

struct CostReportTests {
    private let folder: TemporaryFolder
    private let journal: Journal
    private let clock = FixedClock(1_795_224_600)
    private var now: Date { clock.now() }

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private func report(_ provider: ConfigFile.Provider = .runpod, _ journal: Journal? = nil) throws -> CostReport {
        var config = Config()
        config.pod.provider = provider
        return try CostReport(journal ?? self.journal, config, now: now)
    }

    /// Two days of a pod that works for a task, idles and is stopped; one job of a pod that nobody meters; a correction.
    private func spend() throws {
        let at = now.timeIntervalSince1970 - 90_000
        func meter(_ hour: Double, _ task: String, _ step: String, _ what: String, usd: Double) throws {
            let from = at - 1800 + hour * 3600
            let isStopped = step == "stopped"
            let row = MeterRow(
                bucket: from, to: from + 3600, task: task, step: step, what: what, seconds: 3600, usd: usd)
            #expect(
                try journal.addMeter(
                    [row],
                    MeterMark(
                        pod: "abc", provider: "runpod", state: isStopped ? "stopped" : "running", from: from,
                        until: from + 3600, usdPerHour: isStopped ? 0 : 2.5, storageUSDPerHour: 0.05)))
        }
        try meter(0, "stage1", "train_sft", "compute", usd: 2.5)
        try meter(1, "stage1", "evaluate", "compute", usd: 2.5)
        try meter(2, "(pod)", "idle", "compute", usd: 2.5)
        try meter(24, "(pod)", "stopped", "storage", usd: 0.05)
        try journal.addCorrection(pod: "abc", bucket: at - 1800, usd: -0.25, note: "the bill says less", at: at)
        try journal.jobStarts(id: "j", task: "by hand", step: "x", kind: "train", pod: "host", at: at)
        try journal.jobEnded(id: "j", state: "done", seconds: 60, usd: 1, at: at)
    }

    @Test func everySumIsTheSameSum() throws {
        try spend()
        let report = try report()
        #expect(abs(report.spent_usd - 8.30) < 1e-9 && abs(report.left_usd - 291.70) < 1e-9)
        for sums in [report.tasks.map(\.usd), report.pods.map(\.usd), report.days.map(\.usd)] {
            #expect(abs(sums.reduce(0, +) - report.spent_usd) < 1e-9)
        }
        for task in report.tasks { #expect(abs(task.steps.reduce(0) { $0 + $1.usd } - task.usd) < 1e-9) }
        #expect(report.tasks.map(\.task) == ["stage1", "(pod)", "by hand"])
        #expect(report.tasks[0].steps.map(\.step) == ["train_sft", "evaluate"] && report.tasks[0].seconds == 7200)
        #expect(report.days.map(\.day) == ["2026-11-20", "2026-11-21"])
        #expect(report.pods.map(\.correction_usd) == [-0.25, 0] && report.pods[0].seconds == 10_800)
        #expect(report.corrections.map(\.words) == ["the bill says less"])
    }

    /// The roadmap's budget table, the pod's keeper and the status pages ask for the same sum in their own ways.
    @Test func theRoadmapsBudgetTableHasTheSameSum() throws {
        try spend()
        let store = JournalTaskStore(journal: journal)
        let row = try journal.addTask(
            queue: "gpu", name: "stage1.md", stem: "stage1", inode: 1, sha256: "", state: "running",
            at: now.timeIntervalSince1970)
        let ending = TaskEnding(cause: .succeeded, at: now, summary: "done", roadmap: ["M1 / train"])
        try store.set(
            JournalTaskStore.record(row), .completed, ending: ending, event: "done", at: now)
        let total = try report().spent_usd
        let spending = try store.spending()
        #expect(spending.totalUSD == total)
        #expect(try JournalPodStore(provider: "runpod", journal: journal, clock: clock).spent().total == total)
        #expect(spending.items == [RoadmapSpend(reference: "M1 / train", usd: 5)])
        let roadmap = """
            # Roadmap
            ## M1
            - [x] train
            ## Budget
            | Milestone | Estimated | Actual | Status |
            |---|---|---|---|
            | M1 | $10 | - | planned |
            | **Total** | **$300** | **$0** | |

            """
        let update = RoadmapBudget.entering(spending.items, totalUSD: spending.totalUSD, into: Array(roadmap.utf8))
        let text = String(decoding: update.bytes, as: UTF8.self)
        #expect(text.contains("| M1 | $10 | $5.00 |") && text.contains("$8.30"), "\(text)")
    }

    @Test func whatCostsMoneyNowLastsUntil() throws {
        try spend()
        let report = try report()
        #expect(report.machines.map(\.pod) == ["abc"] && abs(report.usd_per_hour - 0.05) < 1e-9)
        #expect(report.machines.map(\.state) == ["stopped"])
        #expect(report.used_up_at == now.addingTimeInterval(291.70 / 0.05 * 3600).instantText)
        try journal.machineGone(id: "abc", at: now.timeIntervalSince1970)
        #expect(try self.report().machines == [] && self.report().used_up_at == nil)
    }

    @Test func ofHostsOnlyTheOneInUseCosts() throws {
        for (host, at) in [("before", 1.0), ("now", 2.0)] {
            try journal.addMeter(
                [],
                MeterMark(
                    pod: host, provider: "ssh", state: "running", from: at, until: at, usdPerHour: 1,
                    storageUSDPerHour: 0))
        }
        #expect(try report(.ssh).machines.map(\.pod) == ["now"])
        #expect(try report(.local).machines == [])
    }

    @Test func itIsToldInTables() throws {
        try spend()
        let text = Cost.text(try report())
        for line in [
            "$8.30 spent of $300.00, $291.70 left",
            "  abc (runpod), $0.00 an hour and $1.20 a day for its disk, seen stopped at 2026-11-21T01:00:00.000Z",
            "task, step    pod time   USD", "stage1        2 h 0 min  $5.00", "  train_sft   1 h 0 min  $2.50",
            "abc   3 h 0 min  $7.50      $0.05  -$0.25       $7.30", "2026-11-20  $8.25",
            "2026-11-20T00:00:00.000Z     abc  -$0.25  the bill says less",
        ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
        #expect(text.contains("now $0.05 an hour: at this rate the rest lasts until 2027-"))
    }

    @Test func anEmptyLedgerSaysSo() throws {
        var config = Config()
        config.budgetUSD = 20
        for journal in [nil, journal] {
            let report = try CostReport(journal, config, now: now)
            #expect(
                Cost.text(report)
                    == "$0.00 spent of $20.00, $20.00 left\nnothing has cost pod time yet: the journal's ledger is empty\n"
            )
            let json = try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(report))
            #expect(json["tasks"] == .array([]) && json["used_up_at"] == .null && json["spent_usd"] == .int(0))
        }
    }

    @Test func whatProvidersSayCannotPaintTheTerminal() throws {
        try journal.addMeter(
            [
                MeterRow(
                    bucket: 0, to: 1, task: "a\u{1B}[31m\nb", step: "s", what: "compute", seconds: 1, usd: 1)
            ],
            MeterMark(
                pod: "p\u{7}", provider: "runpod", state: "x\u{1B}", from: 0, until: 1, usdPerHour: 1,
                storageUSDPerHour: 0))
        let text = Cost.text(try report())
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    /// As beside a running daemon, which has the journal open for writing.
    @Test func itReadsBesideAWriter() throws {
        try spend()
        let reader = try #require(try Journal(reading: folder["journal.sqlite"]))
        #expect(try report(.runpod, reader) == report())
    }
}
