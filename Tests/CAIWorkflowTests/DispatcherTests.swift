// Owns the tests of one turn of the wheel and of the end of a task: what is claimed, what is stopped, what runs again.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

struct DispatcherTests {
    @Test func whatHasSettledIsClaimedInOrderAsFarAsThereAreSlots() throws {
        let fixture = try DispatcherFixture(BoardRules(concurrency: { $0 == "gpu" ? 2 : 1 }))
        for name in ["gpu/P2_c.md", "gpu/P0_a.md", "gpu/P1_b.md", "cpu/P3_d.md"] { try fixture.drop(name) }
        let first = try fixture.dispatcher.turn(arrived: [])
        #expect(first.claimed.isEmpty && !first.hasActed)
        #expect(first.board.selection.waiting.values.allSatisfy { $0 == .settling })
        #expect(fixture.dispatcher.nextTurn(after: first.board, atMost: 30) == 2)
        let turn = try fixture.turn()
        #expect(fixture.claimed(turn) == ["gpu/P0_a.md", "gpu/P1_b.md", "cpu/P3_d.md"] && turn.hasActed)
        #expect(turn.board.selection.waiting["gpu/P2_c.md"] == .slot("waiting for a slot: 'gpu' is busy"))
        #expect(fixture.running == ["cpu/P3_d.md", "gpu/P0_a.md", "gpu/P1_b.md"])
        #expect(!(try fixture.turn().hasActed), "nothing is left to do")
        let task = try #require(turn.claimed.first)
        let ending = try fixture.dispatcher.finish(task, .completed(summary: "7 of 9", notes: "- n"))
        #expect(ending?.cause == .succeeded)
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/P2_c.md"])
        #expect(try fixture.text("gpu/P0_a.md", .completed).contains("] completed: 7 of 9\n"))
    }

    @Test func whatArrivesByRenameIsClaimedAtOnce() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        #expect(fixture.claimed(try fixture.dispatcher.turn(arrived: ["gpu/a.md"])) == ["gpu/a.md"])
    }

    @Test func oneThingForAllQueuesIsGivenOutOnce() throws {
        let rules = BoardRules(
            concurrency: { _ in 5 }, shared: ["the pod": 1],
            takes: { $0.document.frontMatter.pipeline == nil ? nil : "the pod" })
        let fixture = try DispatcherFixture(rules)
        try fixture.drop("gpu/P1_a.md", header: "pipeline: m0")
        try fixture.drop("big/P0_b.md", header: "pipeline: m0")
        try fixture.drop("big/P2_c.md")
        let turn = try fixture.turn()
        #expect(fixture.claimed(turn) == ["big/P0_b.md", "big/P2_c.md"])
        #expect(try fixture.reason("gpu/P1_a.md") == .slot("waiting for a slot: 'the pod' is busy"))
        // The next daemon finds the pod's task at work and knows that it takes the pod.
        let next = fixture.successor()
        #expect(try next.recover().map(\.task.record.key) == ["big/P0_b.md", "big/P2_c.md"])
        _ = try next.turn(arrived: [])
        fixture.clock.advance(10)
        let board = try next.turn(arrived: []).board
        #expect(board.selection.waiting["gpu/P1_a.md"] == .slot("waiting for a slot: 'the pod' is busy"))
    }

    @Test func aSaveUnderTheNameOfATaskAtWorkIsKeptAndNeverRun() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        for number in 1...2 {
            try fixture.drop("gpu/a.md", body: "# Amended \(number)\n")
            let early = try fixture.dispatcher.turn(arrived: [])
            #expect(early.amended.isEmpty, "not before it has settled")
            #expect(early.board.selection.waiting["gpu/a.md"] == .settling)
            let turn = try fixture.turn()
            #expect(turn.claimed.isEmpty && turn.hasActed)
            let kept = fixture.path("gpu/a.amended-\(number).md", .blocked)
            #expect(turn.amended.map(\.task) == ["gpu/a.md"] && turn.amended.map(\.kept) == [kept])
            #expect(try fixture.text("gpu/a.amended-\(number).md", .blocked) == "# Amended \(number)\n")
        }
        _ = try fixture.dispatcher.finish(task, .completed(summary: "s", notes: ""))
        #expect(try fixture.turn().claimed.isEmpty)
        #expect(
            try fixture.tree() == [
                "tasks/gpu/blocked/a.amended-1.md", "tasks/gpu/blocked/a.amended-2.md", "tasks/gpu/completed/a.md",
            ])
    }

    @Test func aFileOfThatNameThatNobodyWorksOnIsNoReasonToPutOneAside() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md", body: "# Mine\n")
        try fixture.put("gpu/a.md", .inProgress, "# By hand\n")
        let turn = try fixture.turn()
        #expect(turn.claimed.isEmpty && turn.amended.isEmpty && turn.vanished.isEmpty)
        #expect(turn.board.selection.waiting["gpu/a.md"]?.reason.contains("in_progress/ already") == true)
        #expect(try fixture.tree() == ["tasks/gpu/in_progress/a.md", "tasks/gpu/pending/a.md"])
    }

    @Test func aFileThatIsTakenAwayStopsItsWorkOnce() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        try fixture.move("gpu/a.md", .inProgress, .cancelled)
        let early = try fixture.dispatcher.turn(arrived: [])
        #expect(early.vanished.isEmpty, "an editor that saves it takes it away for a moment")
        #expect(fixture.dispatcher.nextTurn(after: early.board, atMost: 30) == 2)
        fixture.clock.advance(2.1)
        let turn = try fixture.dispatcher.turn(arrived: [])
        #expect(turn.vanished.map(\.key) == ["gpu/a.md"])
        // Its work takes its time to stop: it is not told again and again, and nobody looks a hundred times a second.
        #expect(fixture.dispatcher.nextTurn(after: turn.board, atMost: 30) == 30)
        #expect(try fixture.turn().vanished.isEmpty)
        let before = try fixture.text("gpu/a.md", .cancelled)
        _ = try fixture.dispatcher.finish(task, .stopped)
        #expect(fixture.running == [] && fixture.store.records.map(\.state) == [.moved])
        #expect(try fixture.tree() == ["tasks/gpu/cancelled/a.md"])
        #expect(try fixture.text("gpu/a.md", .cancelled) == before)
    }

    @Test func aFileThatIsBackInTimeStopsNothing() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        _ = try fixture.claim("gpu/a.md")
        for _ in 1...3 {
            try fixture.move("gpu/a.md", .inProgress, .cancelled)
            #expect(try fixture.dispatcher.turn(arrived: []).vanished.isEmpty)
            fixture.clock.advance(1.5)
            try fixture.move("gpu/a.md", .cancelled, .inProgress)
            #expect(try fixture.dispatcher.turn(arrived: []).vanished.isEmpty)
            fixture.clock.advance(1.5)
        }
        #expect(fixture.running == ["gpu/a.md"])
    }

    @Test func movedBackToPendingItRunsAgainOnceItsWorkHasEnded() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        try fixture.move("gpu/a.md", .inProgress, .pending)
        let turn = try fixture.turn()
        #expect(turn.claimed.isEmpty && turn.amended.isEmpty)
        #expect(turn.vanished.map(\.key) == ["gpu/a.md"])
        #expect(turn.board.selection.waiting["gpu/a.md"]?.isBrief == false)
        #expect(try fixture.turn().claimed.isEmpty, "as long as its work goes on")
        _ = try fixture.dispatcher.finish(task, .stopped)
        let again = try #require(try fixture.turn().claimed.first)
        #expect(again.record.run == "a" && again.record.claims == 2)
        #expect(try fixture.tree() == ["tasks/gpu/in_progress/a.md"])
    }

    @Test func aFailureRunsAgainAfterItsPauseAndIsBlockedInTheEnd() throws {
        let fixture = try DispatcherFixture(BoardRules(retries: { $0 == "gpu" ? 1 : 0 }))
        try fixture.drop("gpu/a.md")
        let first = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .failed("no luck", signature: "1"))
        #expect(first?.cause == .interrupted)
        let early = try fixture.turn()
        #expect(early.claimed.isEmpty)
        guard case .pause(let until, _)? = early.board.selection.waiting["gpu/a.md"] else {
            Issue.record("\(early.board.selection.waiting)")
            return
        }
        let wait = fixture.dispatcher.nextTurn(after: early.board, atMost: 30)
        #expect(abs(wait - until.timeIntervalSince(fixture.clock.now())) < 1e-6 && wait < 5)
        fixture.clock.advance(wait)
        let again = try #require(try fixture.dispatcher.turn(arrived: []).claimed.first)
        #expect(again.record.claims == 2 && again.record.ending?.failures == 1)
        let last = try fixture.dispatcher.finish(again, .failed("no luck", signature: "2"))
        #expect(last?.cause == .obstructed && last?.failures == 2)
        #expect(try fixture.text("gpu/a.md", .blocked).contains("] blocked: failed 2 times, the last time: no luck."))
    }

    @Test func theHeaderSaysHowOftenWhereItDoes() throws {
        let fixture = try DispatcherFixture(BoardRules(retries: { _ in 9 }))
        try fixture.drop("gpu/a.md", header: "retries: 0")
        let ending = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .failed("no luck", signature: "1"))
        #expect(ending?.cause == .obstructed)
    }

    @Test func attemptsAreCountedOnThroughADaemonsDeath() throws {
        let fixture = try DispatcherFixture(BoardRules(retries: { _ in 1 }))
        try fixture.drop("gpu/a.md")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .failed("no luck", signature: "1"))
        fixture.clock.advance(60)
        _ = try fixture.claim("gpu/a.md")
        let next = fixture.successor()
        let task = try #require(try next.recover().first).task
        #expect(task.isResumed && task.record.ending?.failures == 1)
        #expect(try next.finish(task, .failed("no luck", signature: "2"))?.cause == .obstructed)
    }

    @Test func whatGoesOnWithoutUsStaysAsItIs() throws {
        let fixture = try DispatcherFixture()
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        #expect(try fixture.dispatcher.finish(task, .detached) == nil)
        #expect(fixture.store.records.map(\.state) == [.running])
        #expect(try fixture.successor().recover().map(\.task.record.key) == ["gpu/a.md"])
    }

    @Test func aMalformedHeaderIsClaimedToBeBlocked() throws {
        let fixture = try DispatcherFixture(BoardRules(obstacle: { _ in .person("nothing runs here") }))
        try fixture.drop("gpu/a.md", header: "retries: many")
        try fixture.drop("gpu/b.md")
        let turn = try fixture.turn()
        #expect(fixture.claimed(turn) == ["gpu/a.md"])
        #expect(turn.board.selection.waiting == ["gpu/b.md": .person("nothing runs here")])
        #expect(
            turn.board.candidates.first?.problems.first?.description.hasPrefix("tasks/gpu/pending/a.md:2:10: ") == true)
    }

    @Test func aSuccessTicksWhatTheHeaderNames() throws {
        let fixture = try DispatcherFixture()
        try fixture.folder.write("# Roadmap\n\n## Baseline 📋 TODO\n\n- [ ] Run it\n", to: "ROADMAP.md")
        try fixture.drop("gpu/a.md", header: "roadmap: [Baseline / Run it]")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .completed(summary: "s", notes: ""))
        #expect(try fixture.folder.text("ROADMAP.md").contains("- [x] Run it"))
    }
}
