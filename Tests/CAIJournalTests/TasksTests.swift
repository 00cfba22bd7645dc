// Owns the tests of the rows about tasks and of what happens together in one transaction.

import TestSupport
import Testing

@testable import CAIJournal

struct TasksTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private func add(_ name: String, stem: String? = nil, queue: String = "gpu", at: Double = 100) throws -> TaskRow {
        try journal.addTask(
            queue: queue, name: name, stem: stem ?? String(name.dropLast(3)), inode: 7, sha256: "aa", state: "claiming",
            at: at)
    }

    @Test func runsAreNamedByTheStemAndCountUp() throws {
        #expect(try add("a.md").run == "a")
        #expect(try add("a.md").run == "a-2")
        #expect(try add("a.md", queue: "other").run == "a-3")
        #expect(try add("a-2.md").run == "a-2-2")
        #expect(try add("b.md").run == "b")
    }

    @Test func whatIsReturnedIsWhatIsStored() throws {
        let row = try add("a.md", at: 1234.5)
        #expect(try journal.task(row.id) == row)
        #expect(row.claimedAt == 1234.5)
        #expect(row.finishedAt == nil && row.outcome == nil && row.step == nil)
    }

    @Test func theNewestRowOfANameCounts() throws {
        #expect(try journal.newestTask(queue: "gpu", name: "a.md") == nil)
        _ = try add("a.md")
        let second = try add("a.md")
        _ = try add("a.md", queue: "other")
        #expect(try journal.newestTask(queue: "gpu", name: "a.md") == second)
    }

    @Test(arguments: [true, false])
    func reclaimingKeepsTheRunAndCountsTheClaim(keepsOutcome: Bool) throws {
        let row = try add("a.md")
        #expect(row.claims == 1)
        for claims in 2...3 {
            try journal.setProgress(row.id, step: "train", phase: "x", fraction: 0.5, etaSeconds: 9, at: 110)
            try journal.setTask(row.id, state: "blocked", outcome: "{}", finishedAt: 120, at: 120, event: "blocked")
            try journal.reclaimTask(
                row.id, inode: -8, sha256: "bb", state: "claiming", keepsOutcome: keepsOutcome, at: 200)
            let again = try #require(try journal.task(row.id))
            #expect(
                again
                    == TaskRow(
                        id: row.id, queue: "gpu", name: "a.md", inode: -8, sha256: "bb", run: "a", state: "claiming",
                        claimedAt: 200, claims: claims, outcome: keepsOutcome ? "{}" : nil))
        }
    }

    @Test func aStateAndItsEventAreOneTransaction() throws {
        let row = try add("a.md")
        try journal.setTask(row.id, state: "finishing", outcome: "{\"a\":1}", at: 150, event: "all is well")
        try journal.setTask(row.id, state: "completed", finishedAt: 160, at: 160, event: "moved")
        let stored = try #require(try journal.task(row.id))
        #expect(stored.state == "completed")
        #expect(stored.outcome == "{\"a\":1}", "a nil outcome leaves the stored one")
        #expect(stored.finishedAt == 160)
        let events = try journal.events(limit: 10)
        #expect(events.map(\.message) == ["moved", "all is well"])
        #expect(events.allSatisfy { $0.target == "a" && $0.actor == "caid" })
        #expect(try journal.events(limit: 1).count == 1)
    }

    @Test func anEventThatCannotBeWrittenTakesTheStateBack() throws {
        let row = try add("a.md")
        try damageEvents(folder["journal.sqlite"])
        #expect(throws: (any Error).self) {
            try journal.setTask(row.id, state: "completed", at: 150, event: "never written")
        }
        #expect(try journal.task(row.id)?.state == "claiming")
    }

    @Test func tasksAreListedByStateOldestFirst() throws {
        let rows = try ["a.md", "b.md", "c.md"].map { try add($0) }
        try journal.setTask(rows[1].id, state: "completed", at: 1, event: "")
        try journal.setTask(rows[2].id, state: "running", at: 1, event: "")
        #expect(try journal.tasks(in: ["claiming", "running"]).map(\.name) == ["a.md", "c.md"])
        #expect(try journal.tasks(in: ["nothing"]) == [])
        #expect(try journal.tasks(in: []) == [])
    }

    @Test func tasksAreFoundByNameOrRunNewestFirst() throws {
        _ = try add("a.md", at: 1)
        _ = try add("a.md", queue: "other", at: 3)
        _ = try add("b.md", at: 2)
        #expect(try journal.tasks(named: nil, limit: 9).map(\.run) == ["a-2", "b", "a"])
        #expect(try journal.tasks(named: nil, limit: 1).map(\.run) == ["a-2"])
        #expect(try journal.tasks(named: "a.md", limit: 9).map(\.run) == ["a-2", "a"])
        #expect(try journal.tasks(named: "a", limit: 9).map(\.queue) == ["gpu"])
        #expect(try journal.tasks(named: "' OR 1=1 --", limit: 9) == [])
    }

    @Test func eventsAreFoundByTheirTargetOldestFirst() throws {
        for (target, message) in [("a", "one"), ("b", "two"), ("a", "three")] {
            try journal.addEvent(at: 1, actor: "caid", target: target, message: message)
        }
        #expect(try journal.events(of: "a").map(\.message) == ["one", "three"])
        #expect(try journal.events(of: "nobody") == [])
    }

    @Test func progressIsKeptWithTheRow() throws {
        let row = try add("a.md")
        try journal.setProgress(row.id, step: "train", phase: "training 3 of 9", fraction: 0.25, etaSeconds: nil, at: 5)
        let stored = try #require(try journal.task(row.id))
        #expect(stored.step == "train" && stored.phase == "training 3 of 9")
        #expect(stored.fraction == 0.25 && stored.etaSeconds == nil && stored.progressAt == 5)
    }
}
