// Owns the tests of the workflow's memory over a real journal: what one daemon wrote, the next one reads.

import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIDaemon

struct JournalTaskStoreTests {
    private let folder: TemporaryFolder
    private let clock = FixedClock()

    init() throws { folder = try TemporaryFolder() }

    /// As the next daemon opens it.
    private func store() throws -> JournalTaskStore {
        JournalTaskStore(journal: try Journal(writing: folder["journal.sqlite"]))
    }

    private func claim(again: TaskRecord? = nil) throws -> TaskRecord {
        try store().claiming(
            queue: "gpu", name: "a.md", inode: .max, sha256: "aa", again: again, at: clock.now())
    }

    @Test func aRecordComesBackAsItWasStored() throws {
        let record = try claim()
        #expect(record.run == "a" && record.inode == .max && record.state == .claiming)
        #expect(try store().newest(queue: "gpu", name: "a.md") == record)
        #expect(try store().unfinished() == [record])
        #expect(record.claimedAt.instantText == clock.now().instantText)
    }

    @Test func whatWasSpentBelongsToTheItemsOfTasksThatSucceeded() throws {
        let record = try claim()
        let journal = try Journal(writing: folder["journal.sqlite"])
        for (job, run, usd) in [("1", "a", 6.0), ("2", "a", 0.5), ("3", "else", 1.0)] {
            try journal.jobStarts(id: job, task: run, step: "s", kind: "train", pod: "p", at: 1)
            try journal.jobEnded(id: job, state: "done", seconds: 60, usd: usd, at: 2)
        }
        #expect(try store().spending().items == [], "nothing has succeeded yet")
        #expect(try store().spending().totalUSD == 7.5)
        let ending = TaskEnding(cause: .succeeded, at: clock.now(), summary: "done", roadmap: ["M1 / x", "M2 / y"])
        try store().set(record, .finishing, ending: ending, event: "done", at: clock.now())
        #expect(
            try store().spending().items == [
                RoadmapSpend(reference: "M1 / x", usd: 3.25), RoadmapSpend(reference: "M2 / y", usd: 3.25),
            ])
    }

    /// The time on a line in the file must come out of the journal to the last bit, or the line would be written twice.
    @Test func anEndingComesBackToTheLastBit() throws {
        let record = try claim()
        for number in 0..<200 {
            clock.advance(0.000_1 + Double(number) / 7)
            let ending = TaskEnding(
                cause: .succeeded, at: clock.now(), summary: "done: \u{1F600} \"x\"\n", notes: "a\nb",
                roadmap: ["A / B"])
            try store().set(record, .finishing, ending: ending, event: "e", at: clock.now())
            #expect(try store().newest(queue: "gpu", name: "a.md")?.ending == ending)
        }
    }

    @Test func onlyUnfinishedTasksAreUnfinished() throws {
        let record = try claim()
        let states: [RecordState] = [
            .claiming, .running, .finishing, .pending, .completed, .blocked, .cancelled, .moved,
        ]
        for state in states {
            try store().set(record, state, ending: nil, event: "e", at: clock.now())
            #expect(try store().unfinished().map(\.state) == (state.isUnfinished ? [state] : []))
        }
    }

    @Test func anAttemptAfterABlockKeepsTheRunAndLosesTheEnding() throws {
        let record = try claim()
        let ending = TaskEnding(cause: .obstructed, at: clock.now(), summary: "no")
        try store().set(record, .blocked, ending: ending, event: "no", at: clock.now())
        clock.advance(60)
        let again = try claim(again: record)
        #expect(again.id == record.id && again.run == "a" && again.ending == nil && again.state == .claiming)
        try store().forget(again)
        #expect(try store().newest(queue: "gpu", name: "a.md")?.state == .pending)
        #expect(try claim().run == "a-2")
    }

    @Test func anAttemptAfterAPauseKeepsTheEndingThatCounts() throws {
        let record = try claim()
        #expect(record.claims == 1)
        var ending = TaskEnding(cause: .interrupted, at: clock.now(), summary: "failed")
        (ending.failures, ending.waits, ending.signature) = (2, 7, "exit 3")
        ending.hold = Hold(.backoff, until: clock.now() + 1.0 / 3, request: nil, reason: "failed (x)")
        try store().set(record, .pending, ending: ending, event: "failed", at: clock.now())
        let returned = try #require(try store().returned().first)
        #expect(returned.ending == ending && returned.key == "gpu/a.md")
        let again = try claim(again: returned)
        #expect(again.ending == ending && again.claims == 2)
        #expect(try store().returned() == [])
        try store().forget(again)
        #expect(try store().returned().first?.ending == ending)
    }

    @Test func filesThatComeWithAnEndingComeBackByteForByte() throws {
        let record = try claim()
        let bytes = (0...255).map { UInt8($0) }
        let ending = TaskEnding(
            cause: .succeeded, at: clock.now(), summary: "s",
            files: [NewFile(.response, owner: "codex", name: "r.md", contents: bytes)])
        try store().set(record, .finishing, ending: ending, event: "e", at: clock.now())
        #expect(try store().unfinished().first?.ending == ending)
    }

    @Test func approvalsAreKeptByQueueAndName() throws {
        let asked = Approval(nonce: "n", askedAt: clock.now())
        try store().set(asked, queue: "gpu", name: "a.md")
        try store().set(asked, queue: "reviews/codex", name: "a.md")
        #expect(try store().approvals() == ["gpu/a.md": asked, "reviews/codex/a.md": asked])
        var given = asked
        given.approvedAt = clock.now() + 60
        try store().set(given, queue: "gpu", name: "a.md")
        #expect(try store().approvals()["gpu/a.md"] == given)
        try store().set(nil, queue: "gpu", name: "a.md")
        try store().set(nil, queue: "gpu", name: "never asked.md")
        #expect(try store().approvals().keys.sorted() == ["reviews/codex/a.md"])
    }

    @Test func remarksAreEventsOfTheRun() throws {
        let record = try claim()
        try store().remark(record.run, "there is no ROADMAP.md", at: clock.now())
        let event = try #require(try store().journal.events(limit: 1).first)
        #expect(event.target == "a" && event.message == "there is no ROADMAP.md")
    }

    @Test func theLifecycleRecoversOverARealJournal() throws {
        let workspace = Workspace(root: folder.path)
        try folder.write("# Task: X\n", to: "tasks/gpu/pending/a.md")
        let seen = try #require(try RealFiles().status(workspace.file(queue: "gpu", .pending, "a.md")))
        func lifecycle(_ counter: StepCounter) throws -> TaskLifecycle {
            let files = InterposedFiles { _, _ in try counter.step() }
            return TaskLifecycle(workspace: workspace, store: try store(), files: files, clock: clock)
        }
        let task = try #require(
            try lifecycle(StepCounter()).claim(queue: "gpu", name: "a.md", expecting: seen))
        let ending = TaskEnding(cause: .succeeded, at: clock.now() + 1.0 / 3, summary: "done", notes: "- Result: 7")
        // Every daemon dies one call later than the one before, until one gets through.
        var deaths = 0
        while deaths < 200 {
            do {
                if deaths == 0 { try lifecycle(StepCounter(dyingAt: 1)).finish(task.record, ending) }
                _ = try lifecycle(StepCounter(dyingAt: deaths + 1)).recover()
                break
            } catch { deaths += 1 }
        }
        #expect(deaths > 5 && deaths < 200)
        #expect(try folder.names().filter { $0.hasPrefix("tasks/") } == ["tasks/gpu/completed/a.md"])
        let text = try folder.text("tasks/gpu/completed/a.md")
        #expect(text.ranges(of: "completed: done").count == 1 && text.ranges(of: "started as run a").count == 1)
        #expect(try store().unfinished() == [])
    }
}
