// Owns the tests of what a person may ask for with a command, and of the answers.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

struct OrderTests {
    private let fixture: DispatcherFixture

    init() throws { fixture = try DispatcherFixture() }

    @Test func aBlockedTaskIsTriedAgainWithItsRun() throws {
        try fixture.drop("gpu/a.md")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .blocked("a gate"))
        #expect(try fixture.order(.retry, "a") == OrderReply(.done, "moved to tasks/gpu/pending/a.md"))
        let text = try fixture.text("gpu/a.md", .pending)
        #expect(text.hasSuffix("] pending: retried by caid retry\n"))
        let task = try fixture.claim("gpu/a.md")
        #expect(task.record.run == "a" && task.record.ending?.failures == nil)
    }

    @Test func attemptsAreCountedAnewAfterARetry() throws {
        let fixture = try DispatcherFixture(BoardRules(retries: { _ in 1 }))
        try fixture.drop("gpu/a.md")
        for round in 1...2 {
            let first = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .failed("x", signature: "1"))
            #expect(first?.cause == .interrupted, "round \(round)")
            fixture.clock.advance(60)
            let second = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .failed("x", signature: "2"))
            #expect(second?.cause == .obstructed, "round \(round)")
            #expect(try fixture.order(.retry, "a").outcome == .done)
        }
    }

    @Test func aTaskThatIsHeldRunsNow() throws {
        try fixture.drop("gpu/a.md")
        let hold = Hold(.quota, until: fixture.clock.now() + 86_400, reason: "quota used up")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .held(hold))
        #expect(try fixture.reason("gpu/a.md")?.reason.hasPrefix("quota used up; goes on at ") == true)
        #expect(try fixture.order(.retry, "a") == OrderReply(.done, "gpu/a.md does not wait any more"))
        let again = try fixture.claim("gpu/a.md")
        #expect(again.record.ending?.waits == nil && again.record.run == "a")
    }

    @Test func aPendingTaskThatIsNotHeldIsLeftAlone() throws {
        try fixture.drop("gpu/a.md", header: "not_before: 2030-01-01T00:00:00Z")
        try fixture.turn()
        let reply = try fixture.order(.retry, "a.md")
        #expect(reply == OrderReply(.refused, "a.md is pending already; `caid status` says what it waits for"))
    }

    @Test func cancellingWhatRunsStopsItAndPutsItAway() throws {
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        let order = Order(.cancel, task: "a", at: fixture.clock.now())
        let (reply, stop) = try fixture.dispatcher.carryOut(order)
        #expect(reply == OrderReply(.done, "gpu/a.md is being stopped; its file goes to cancelled/"))
        #expect(stop == task.record)
        #expect(try fixture.tree() == ["tasks/gpu/in_progress/a.md"], "its work goes on until it has stopped")
        let ending = try fixture.dispatcher.finish(task, .stopped)
        #expect(ending?.cause == .dropped)
        #expect(try fixture.text("gpu/a.md", .cancelled).hasSuffix("] cancelled: cancelled while it ran\n"))
        #expect(fixture.running == [] && fixture.store.records.map(\.state) == [.cancelled])
    }

    @Test(arguments: [
        TaskResult.failed("x", signature: "s"), .blocked("x"), .held(Hold(.quota, reason: "x")), .stopped,
    ])
    func howeverTheWorkOfACancelledTaskEndsItIsCancelled(result: TaskResult) throws {
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        _ = try fixture.order(.cancel, "a")
        _ = try fixture.dispatcher.finish(task, result)
        #expect(try fixture.tree() == ["tasks/gpu/cancelled/a.md"])
    }

    @Test func whatWasDoneBeforeTheStopReachedItIsCompleted() throws {
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        _ = try fixture.order(.cancel, "a")
        _ = try fixture.dispatcher.finish(task, .completed(summary: "s", notes: ""))
        #expect(try fixture.tree() == ["tasks/gpu/completed/a.md"])
    }

    @Test(arguments: [TaskState.pending, .blocked])
    func cancellingWhatDoesNotRunMovesIt(state: TaskState) throws {
        try fixture.put("gpu/a.md", state, "# Task: X\n")
        #expect(try fixture.order(.cancel, "gpu/a") == OrderReply(.done, "moved to tasks/gpu/cancelled/a.md"))
        #expect(try fixture.text("gpu/a.md", .cancelled).hasSuffix("] cancelled: cancelled by caid cancel\n"))
    }

    @Test func aReviewRequestIsATaskOfItsReviewer() throws {
        try fixture.drop("reviews/codex/r.md")
        _ = try fixture.dispatcher.finish(try fixture.claim("reviews/codex/r.md"), .blocked("no program"))
        #expect(try fixture.order(.retry, "reviews/codex/r.md").message == "moved to reviews/codex/pending/r.md")
        #expect(try fixture.order(.cancel, "r").message == "moved to reviews/codex/cancelled/r.md")
    }

    @Test func aNameThatFitsSeveralIsSentBack() throws {
        try fixture.put("gpu/a.md", .blocked)
        try fixture.put("other/a.md", .pending)
        for verb in [Order.Verb.retry, .cancel] {
            let reply = try fixture.order(verb, "a")
            #expect(
                reply
                    == OrderReply(
                        .unclear, "'a' may be any of gpu/a.md (blocked), other/a.md (pending); say which, as QUEUE/NAME"
                    ))
        }
        #expect(try fixture.tree() == ["tasks/gpu/blocked/a.md", "tasks/other/pending/a.md"])
        #expect(try fixture.order(.retry, "gpu/a").outcome == .done)
    }

    /// QUEUE/NAME could not tell these apart: the one is meant that the verb is for.
    @Test func aNameInTwoFoldersOfOneQueueMeansTheLikelierOne() throws {
        try fixture.put("gpu/a.md", .blocked, "# Old\n")
        try fixture.drop("gpu/a.md", header: "not_before: 2030-01-01T00:00:00Z", body: "# New\n")
        #expect(try fixture.order(.retry, "a") == OrderReply(.done, "moved to tasks/gpu/pending/a-2.md"))
        #expect(try fixture.text("gpu/a.md", .pending).hasSuffix("# New\n"))
        try fixture.put("gpu/a.md", .blocked, "# Old\n")
        #expect(try fixture.order(.cancel, "a").outcome == .done)
        #expect(try fixture.text("gpu/a.md", .cancelled).contains("# New\n"))
        #expect(try fixture.text("gpu/a.md", .blocked) == "# Old\n")
    }

    @Test func theSavedAgainFileOfATaskAtWorkDoesNotHideIt() throws {
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        try fixture.drop("gpu/a.md", body: "# Amended\n")
        let (reply, stop) = try fixture.dispatcher.carryOut(Order(.cancel, task: "a", at: fixture.clock.now()))
        #expect(reply.outcome == .done && stop == task.record)
    }

    @Test func whatIsInProgressWithoutADaemonsWorkIsNotCancelled() throws {
        try fixture.put("gpu/a.md", .inProgress)
        let reply = try fixture.order(.cancel, "a")
        #expect(reply.outcome == .refused && reply.message.contains("no daemon runs it"))
    }

    @Test(arguments: [
        (Order.Verb.approve, TaskState.inProgress, "gpu/a.md is in progress: there is nothing to approve"),
        (.retry, .completed, "gpu/a.md is completed: there is nothing to retry"),
        (.cancel, .cancelled, "gpu/a.md is cancelled: there is nothing to cancel"),
        (.approve, .pending, "a.md does not ask for approval; nothing was changed"),
    ])
    func whatMakesNoSenseIsRefused(verb: Order.Verb, state: TaskState, words: String) throws {
        try fixture.put("gpu/a.md", state)
        let before = try fixture.tree()
        #expect(try fixture.order(verb, "a") == OrderReply(.refused, words))
        #expect(try fixture.tree() == before)
    }

    @Test(arguments: [
        "nobody", "", "/", "gpu/", "other/a", "../gpu/a", "gpu/../gpu/a", "..", "a.md/",
        String(repeating: "x", count: 400),
    ])
    func aTaskThatIsNotThereIsUnknown(name: String) throws {
        try fixture.put("gpu/a.md", .blocked)
        for verb in [Order.Verb.approve, .retry, .cancel] {
            let reply = try fixture.order(verb, name)
            #expect(reply == OrderReply(.unclear, "there is no task '\(name)'; `caid status` lists them"))
        }
    }

    /// What the file system refuses is the answer; the daemon does not end over it.
    @Test(arguments: [Order.Verb.approve, .retry, .cancel])
    func aFileThatCannotBeReadIsRefused(verb: Order.Verb) throws {
        let path = fixture.path("gpu/a.md", verb == .approve ? .pending : .blocked)
        try fixture.files.makeDirectories(path.removingLastComponent())
        try fixture.files.writeNew(path, bytes: [UInt8](repeating: 0x0A, count: 17 << 20))
        let reply = try fixture.order(verb, "a")
        #expect(reply.outcome == .refused && reply.message.contains("cannot \(verb.rawValue) it"))
        #expect(reply.message.hasPrefix(fixture.workspace.display(path)))
        #expect(try fixture.files.status(path) != nil)
    }

    @Test func carriedOutTwiceItIsDoneOnce() throws {
        try fixture.put("gpu/a.md", .blocked, "# X\n")
        let order = Order(.retry, task: "a", at: fixture.clock.now())
        #expect(try fixture.dispatcher.carryOut(order).reply.outcome == .done)
        #expect(try fixture.dispatcher.carryOut(order).reply.outcome == .refused)
        #expect(try fixture.text("gpu/a.md", .pending).ranges(of: "retried by caid retry").count == 1)
    }
}
