// Owns the tests of the look from outside: the same as the daemon's, with everything settled and without a journal.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

struct BoardTests {
    private let fixture: DispatcherFixture

    init() throws { fixture = try DispatcherFixture() }

    private func look(_ rules: BoardRules = BoardRules(), store: MemoryStore? = nil) throws -> Board {
        try Board.look(
            fixture.workspace, rules, PendingDocuments(workspace: fixture.workspace, files: RealFiles()), store: store,
            now: fixture.clock.now())
    }

    private func ready(_ board: Board) -> [String] { board.selection.ready.map(\.file.name) }

    @Test func slotsAreWhatDoesNotLieInProgress() throws {
        for name in ["a.md", "b.md", "c.md"] { try fixture.drop("gpu/\(name)") }
        try fixture.put("gpu/z.md", .inProgress)
        try fixture.put("other/y.md", .inProgress)
        let board = try look(BoardRules(concurrency: { $0 == "gpu" ? 3 : 1 }))
        #expect(ready(board) == ["a.md", "b.md"])
        #expect(board.selection.waiting["gpu/c.md"] == .slot("waiting for a slot: 'gpu' is busy"))
        #expect(ready(try look()) == [])
        #expect(board.queues.map(\.name) == ["gpu", "other"] && board.candidates.count == 3)
    }

    @Test func whatTheDaemonDoesNotRunTakesNoneOfItsSlots() throws {
        try fixture.put("gpu/z.md", .inProgress, "# By hand\n")
        try fixture.drop("gpu/a.md")
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/a.md"])
    }

    @Test func aNameThatIsInProgressAlreadyWaitsWithThatReason() throws {
        try fixture.drop("gpu/a.md")
        try fixture.drop("gpu/b.md")
        try fixture.put("gpu/a.md", .inProgress)
        try fixture.put("other/b.md", .inProgress)
        let board = try look(BoardRules(concurrency: { _ in 9 }))
        #expect(ready(board) == ["b.md"])
        #expect(board.selection.waiting["gpu/a.md"]?.reason.contains("in_progress/ already") == true)
    }

    @Test func needsAreMetByCompletedFilesOfTheRightQueue() throws {
        try fixture.drop("gpu/a.md", header: "needs: [other/x, reviews/codex/r]")
        try fixture.put("gpu/x.md", .completed)
        try fixture.put("reviews/codex/r.md", .completed)
        #expect(ready(try look()) == [])
        try fixture.put("other/x.md", .completed)
        #expect(ready(try look()) == ["a.md"])
    }

    @Test func aCompletedNameMayBeTheOneThatWasMeant() throws {
        try fixture.drop("gpu/a.md", header: "needs: [20251004_stagee1.md]")
        try fixture.put("other/20251004_stage1.md", .completed)
        let reason = try look().selection.waiting["gpu/a.md"]
        #expect(reason?.reason.contains("did you mean 20251004_stage1.md?") == true)
    }

    @Test func whatTheJournalKnowsIsSeen() throws {
        try fixture.drop("gpu/a.md")
        try fixture.drop("gpu/b.md", header: "requires_approval: true")
        let hold = Hold(.quota, until: fixture.clock.now() + 900, reason: "quota used up")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .held(hold))
        _ = try fixture.order(.approve, "b")
        let rules = BoardRules(concurrency: { _ in 9 })
        #expect(ready(try look(rules, store: fixture.store)) == ["b.md"])
        #expect(try look(rules, store: fixture.store).nextMoment == hold.until)
        #expect(ready(try look(rules)) == ["a.md"], "without a journal there is neither hold nor approval")
    }

    @Test func aLookMovesNothing() throws {
        try fixture.drop("gpu/a.md", header: "requires_approval: true")
        try fixture.drop("reviews/codex/r.md", body: "# R\n\n**Assigned Reviewers**: codex, gemini\n")
        let before = try fixture.folder.names()
        _ = try look(BoardRules(reviewers: ["codex", "gemini"]), store: fixture.store)
        #expect(try fixture.folder.names() == before)
        #expect(fixture.store.records.isEmpty)
        #expect(try !fixture.text("gpu/a.md", .pending).contains("caid"))
    }

    @Test func aFileIsReadOnceAndAgainWhenItHasChanged() throws {
        let reads = StepCounter()
        let files = InterposedFiles { moment, verb in if moment == .before, verb == "read" { try reads.step() } }
        let documents = PendingDocuments(workspace: fixture.workspace, files: files)
        for name in ["a.md", "b.md", "c.md"] { try fixture.drop("gpu/\(name)") }
        func look() throws -> Board {
            try Board.look(
                fixture.workspace, BoardRules(), documents, store: nil, files: files, now: fixture.clock.now())
        }
        for _ in 1...3 { #expect(try look().candidates.count == 3) }
        #expect(reads.steps == 3)
        try fixture.drop("gpu/b.md", body: "# Task: Changed\n")
        #expect(try look().candidates.map(\.document.title) == ["X", "Changed", "X"])
        #expect(reads.steps == 4)
    }
}
