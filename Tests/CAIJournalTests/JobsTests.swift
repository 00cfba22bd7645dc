// Owns the tests of the rows about jobs and of the ledger: no second and no dollar is counted twice.

import TestSupport
import Testing

@testable import CAIJournal

struct JobsTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private func start(_ id: String, task: String = "run", step: String = "train", at: Double = 10) throws {
        try journal.jobStarts(id: id, task: task, step: step, kind: "train", pod: "local", at: at)
    }

    @Test func aSecondStartIsCountedOnTheSameRow() throws {
        try start("j", at: 10)
        try journal.jobEnded(id: "j", state: "stopped", seconds: 5, usd: 1, at: 15)
        #expect(try journal.jobs(ofTask: "run").map(\.endedAt) == [15])
        try start("j", at: 20)
        let row = try #require(try journal.jobs(ofTask: "run").first)
        #expect(row.starts == 2)
        #expect(row.state == "running" && row.endedAt == nil)
        #expect(row.startedAt == 10, "the first start")
        #expect(try journal.jobs(ofTask: "run").count == 1)
    }

    @Test func aJobThatEndsAgainReplacesItsLedgerRow() throws {
        try start("j")
        try journal.jobEnded(id: "j", state: "stopped", seconds: 5, usd: 1, at: 15)
        try start("j")
        try journal.jobEnded(id: "j", state: "done", seconds: 12, usd: 2.5, at: 40)
        try journal.jobEnded(id: "j", state: "done", seconds: 12, usd: 2.5, at: 50)
        #expect(try journal.ledgerSums() == [LedgerSum(task: "run", step: "train", seconds: 12, usd: 2.5)])
        #expect(try journal.jobs(ofTask: "run").map(\.state) == ["done"])
    }

    @Test func sumsArePerTaskAndStepInOrder() throws {
        for (id, step, usd) in [("1", "train", 1.0), ("2", "evaluate", 2), ("3", "train", 4)] {
            try start(id, step: step)
            try journal.jobEnded(id: id, state: "done", seconds: usd * 10, usd: usd, at: 20)
        }
        try start("4", task: "other")
        try journal.jobEnded(id: "4", state: "failed", seconds: 1, usd: 0.5, at: 30)
        #expect(
            try journal.ledgerSums() == [
                LedgerSum(task: "run", step: "train", seconds: 50, usd: 5),
                LedgerSum(task: "run", step: "evaluate", seconds: 20, usd: 2),
                LedgerSum(task: "other", step: "train", seconds: 1, usd: 0.5),
            ])
    }

    @Test func aJobThatIsUnknownCostsNothing() throws {
        try journal.jobEnded(id: "nobody's", state: "done", seconds: 5, usd: 5, at: 1)
        #expect(try journal.ledgerSums() == [])
    }
}
