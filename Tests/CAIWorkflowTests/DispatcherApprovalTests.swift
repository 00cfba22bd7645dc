// Owns the tests of a person's leave: what asks for it, what gives it, and what does not.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

struct DispatcherApprovalTests {
    private let fixture: DispatcherFixture
    private let header = "requires_approval: true"

    init() throws { fixture = try DispatcherFixture() }

    private var nonce: String? { fixture.store.memory.state.withLock { $0.approvals["gpu/a.md"]?.nonce } }
    private var isApproved: Bool { fixture.store.memory.state.withLock { $0.approvals["gpu/a.md"]?.approvedAt } != nil }

    private func change(_ from: String, _ to: String) throws {
        let text = try fixture.text("gpu/a.md", .pending)
        #expect(text.contains(from))
        try fixture.put("gpu/a.md", .pending, text.replacing(from, with: to))
    }

    @Test func itIsAskedOnceAndGivenByTickingTheBox() throws {
        try fixture.drop("gpu/a.md", header: header)
        #expect(try fixture.dispatcher.turn(arrived: []).claimed.isEmpty)
        #expect(nonce == nil, "a file that is still being written is not written to")
        #expect(try fixture.turn().claimed.isEmpty)
        let asked = try fixture.text("gpu/a.md", .pending)
        #expect(asked.contains("<!-- caid:approval \(try #require(nonce)) -->"))
        #expect(try fixture.turn().claimed.isEmpty)
        #expect(try fixture.text("gpu/a.md", .pending) == asked, "asked once")
        #expect(try fixture.reason("gpu/a.md")?.reason.hasPrefix("waiting for a person's approval") == true)
        try change("- [ ] Run this task", "- [x] Run this task")
        #expect(try fixture.dispatcher.turn(arrived: []).claimed.isEmpty, "not before that has settled")
        fixture.clock.advance(2.1)
        #expect(fixture.claimed(try fixture.dispatcher.turn(arrived: [])) == ["gpu/a.md"])
        #expect(fixture.store.events.contains("approved by its box"))
    }

    @Test func aBoxThatCameWithTheFileApprovesNothing() throws {
        let box = "- [x] Run this task: tick this box, or run `caid approve a.md` <!-- caid:approval zzz -->\n"
        try fixture.drop("gpu/a.md", header: header, body: "# X\n\n## Approval\n\n- [x] Approved\n" + box)
        for _ in 1...3 { #expect(try fixture.turn().claimed.isEmpty) }
        #expect(nonce != "zzz" && !isApproved)
        #expect(
            ApprovalBox.boxes(in: Array(try fixture.text("gpu/a.md", .pending).utf8)) == [
                "zzz": true, nonce ?? "": false,
            ])
    }

    @Test func untickedAgainInTimeIsNotApproved() throws {
        try fixture.drop("gpu/a.md", header: header)
        try fixture.turn()
        try change("- [ ] Run this task", "- [x] Run this task")
        #expect(try fixture.dispatcher.turn(arrived: []).claimed.isEmpty)
        try change("- [x] Run this task", "- [ ] Run this task")
        for _ in 1...2 { #expect(try fixture.turn().claimed.isEmpty) }
        #expect(!isApproved)
    }

    @Test func aBoxThatWasDeletedComesBackUnticked() throws {
        try fixture.drop("gpu/a.md", header: header)
        try fixture.turn()
        let first = nonce
        try fixture.drop("gpu/a.md", header: header, body: "# Written anew\n")
        try fixture.turn()
        #expect(nonce == first && first != nil)
        #expect(ApprovalBox.boxes(in: Array(try fixture.text("gpu/a.md", .pending).utf8)) == [first ?? "": false])
    }

    @Test func theCommandApprovesToo() throws {
        try fixture.drop("gpu/a.md", header: header)
        #expect(try fixture.order(.approve, "a") == OrderReply(.done, "gpu/a.md is approved"))
        #expect(try fixture.order(.approve, "gpu/a.md").outcome == .done, "twice is once")
        #expect(fixture.store.events.filter { $0 == "approved by caid approve" }.count == 1)
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/a.md"])
        #expect(try !fixture.text("gpu/a.md", .inProgress).contains("caid:approval"), "it was never asked")
    }

    @Test func anApprovalHoldsThroughRetriesAndEndsWithTheTask() throws {
        try fixture.drop("gpu/a.md", header: header)
        try fixture.turn()
        _ = try fixture.order(.approve, "a")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .blocked("a gate"))
        _ = try fixture.order(.retry, "a")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .completed(summary: "s", notes: ""))
        #expect(nonce == nil)
        // The finished file, ticked box and all, dropped again: that is a new task.
        try fixture.put("gpu/a.md", .pending, try fixture.text("gpu/a.md", .completed))
        for _ in 1...2 { #expect(try fixture.turn().claimed.isEmpty) }
        #expect(nonce != nil && !isApproved)
    }

    @Test func aCancelledTasksApprovalIsGone() throws {
        try fixture.drop("gpu/a.md", header: "\(header)\nnot_before: 2030-01-01T00:00:00Z")
        try fixture.turn()
        _ = try fixture.order(.approve, "a")
        #expect(isApproved)
        _ = try fixture.order(.cancel, "a")
        #expect(nonce == nil)
        try fixture.drop("gpu/a.md", header: header)
        for _ in 1...2 { #expect(try fixture.turn().claimed.isEmpty) }
    }

    @Test func eachTaskHasItsOwn() throws {
        try fixture.drop("gpu/a.md", header: header)
        try fixture.drop("other/a.md", header: header)
        try fixture.turn()
        _ = try fixture.order(.approve, "gpu/a.md")
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/a.md"])
    }

    /// The daemon dies after each call of asking; the next one writes the same box, once.
    @Test func deathWhileItIsAsked() throws {
        for fatal in 1...60 {
            let fixture = try LifecycleFixture()
            try fixture.drop("a.md", "---\n\(header)\n---\n# X")
            let counter = StepCounter(dyingAt: fatal)
            let files = InterposedFiles { _, _ in try counter.step() }
            let first = fixture.lifecycle(files) { try counter.step() }
            let died = (try? first.askApproval(queue: "gpu", name: "a.md", asked: nil, nonce: "one")) == nil
            #expect(try fixture.text("pending/a.md").hasPrefix("---\n\(header)\n---\n# X"))
            let asked = try fixture.store.approvals()["gpu/a.md"]
            try fixture.lifecycle().askApproval(queue: "gpu", name: "a.md", asked: asked, nonce: "two")
            let boxes = ApprovalBox.boxes(in: Array(try fixture.text("pending/a.md").utf8))
            let nonce = try #require(try fixture.store.approvals()["gpu/a.md"]?.nonce)
            #expect(boxes == [nonce: false], "death at \(fatal)")
            #expect(try fixture.tasks() == ["pending/a.md"])
            if !died {
                #expect(fatal > 8)
                return
            }
        }
        Issue.record("asking never came to its end")
    }
}
