// Owns the tests of the moves on a person's word, and their crash sweep: the request stays until it is answered, so a new
// daemon carries it out again.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

struct LifecycleReleaseTests {
    private static let text = "# Task: X\r\n\r\nA person's words \u{1F600}\r\n- [ ] a box"

    private func fixture(_ state: TaskState) throws -> LifecycleFixture {
        let fixture = try LifecycleFixture()
        try fixture.drop("a.md", Self.text)
        if state == .blocked {
            let task = try #require(try fixture.claim("a.md"))
            var ending = fixture.ending(.obstructed, "a gate")
            (ending.failures, ending.signature) = (2, "s")
            try fixture.lifecycle().finish(task.record, ending)
        }
        try fixture.store.set(
            Approval(nonce: "n", askedAt: fixture.clock.now(), approvedAt: fixture.clock.now()), queue: "gpu",
            name: "a.md")
        return fixture
    }

    @Test func onlyWhatTheTableHasIsMoved() throws {
        let fixture = try fixture(.pending)
        for from in TaskState.allCases {
            for cause in Cause.allCases where from == .inProgress || Transition.target(from: from, on: cause) == nil {
                #expect(throws: Errno.invalidArgument) {
                    try fixture.lifecycle().move(
                        queue: "gpu", name: "a.md", from: from, cause, words: "w", at: fixture.clock.now())
                }
            }
        }
        #expect(try fixture.tasks() == ["pending/a.md"])
    }

    @Test func whatIsGoneIsNotMoved() throws {
        let fixture = try fixture(.pending)
        let moved = try fixture.lifecycle().move(
            queue: "gpu", name: "a.md", from: .blocked, .released, words: "w", at: fixture.clock.now())
        #expect(moved == nil)
        #expect(try fixture.store.approvals().count == 1)
    }

    @Test func aTakenNameGetsANumber() throws {
        let fixture = try fixture(.pending)
        try fixture.folder.write("# Older\n", to: "tasks/gpu/cancelled/a.md")
        let moved = try fixture.lifecycle().move(
            queue: "gpu", name: "a.md", from: .pending, .dropped, words: "w", at: fixture.clock.now())
        #expect(moved == fixture.workspace.file(queue: "gpu", .cancelled, "a-2.md"))
        #expect(try fixture.text("cancelled/a.md") == "# Older\n")
    }

    @Test(arguments: [(TaskState.blocked, Order.Verb.retry), (.blocked, .cancel), (.pending, .cancel)])
    func deathAtEveryCall(from: TaskState, verb: Order.Verb) throws {
        let target = verb == .retry ? "pending" : "cancelled"
        func check(_ fixture: LifecycleFixture, _ label: String) throws {
            #expect(try fixture.tasks() == ["\(target)/a.md"], "\(label)")
            let text = try fixture.text("\(target)/a.md")
            #expect(text.hasPrefix(Self.text), "\(label)")
            #expect(text.ranges(of: "by caid \(verb.rawValue)").count == 1, "\(label): \(text)")
            if from == .blocked {
                let record = try #require(fixture.store.records.first)
                #expect(record.state.rawValue == target, "\(label)")
                #expect(record.ending?.failures == nil && record.ending?.signature == nil, "\(label): counted anew")
            }
            #expect(try fixture.store.approvals().isEmpty == (verb == .cancel), "\(label)")
        }
        /// A daemon takes up what was begun and carries out what is asked.
        func live(_ fixture: LifecycleFixture, _ counter: StepCounter) throws {
            let files = InterposedFiles { _, _ in try counter.step() }
            let dispatcher = Dispatcher(
                workspace: fixture.workspace, rules: BoardRules(), settle: 2,
                store: MemoryStore(fixture.store.memory) { try counter.step() }, files: files, clock: fixture.clock)
            _ = try dispatcher.recover()
            _ = try dispatcher.carryOut(Order(verb, task: "a", at: fixture.clock.now()))
        }
        let counter = StepCounter()
        let whole = try fixture(from)
        try live(whole, counter)
        try check(whole, "no crash")
        try #require(counter.steps > 20)
        for fatal in 1...counter.steps {
            let fixture = try fixture(from)
            #expect(throws: Crash.self) { try live(fixture, StepCounter(dyingAt: fatal)) }
            let between = try fixture.tasks()
            #expect(between.count == 1, "death at \(fatal): \(between)")
            #expect(try fixture.text(between.first ?? "").hasPrefix(Self.text), "death at \(fatal)")
            try live(fixture, StepCounter())
            try check(fixture, "death at \(fatal)")
        }
    }

    @Test func aHoldIsForgottenWithTheAttempts() throws {
        for fatal in 1...3 {
            let fixture = try LifecycleFixture()
            try fixture.drop("a.md")
            let task = try #require(try fixture.claim("a.md"))
            var ending = fixture.ending(.interrupted, "failed")
            (ending.failures, ending.signature, ending.waits) = (1, "s", 3)
            ending.hold = Hold(.backoff, until: fixture.clock.now() + 60, reason: "failed")
            try fixture.lifecycle().finish(task.record, ending)
            func forget(_ counter: StepCounter) throws {
                let record = try #require(try fixture.store.returned().first)
                try fixture.lifecycle { try counter.step() }
                    .forgetHold(of: record, words: "retried", at: fixture.clock.now())
            }
            if fatal < 3 {
                #expect(throws: Crash.self) { try forget(StepCounter(dyingAt: fatal)) }
            }
            try forget(StepCounter())
            let record = try #require(try fixture.store.returned().first)
            #expect(record.ending?.hold == nil && record.ending?.failures == nil && record.ending?.waits == nil)
            #expect(record.run == task.record.run)
        }
    }
}
