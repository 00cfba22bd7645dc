// Owns the tests of a review between its reviewers: handed out to each once, and opening its gate only when all approved.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

struct ReviewStandingTests {
    private let fixture: DispatcherFixture
    private let request = "# Review: X\n\n**Assigned Reviewers**: Codex, Gemini (method), nobody_known\n"
    private let approved = "# Review\n\n**Verdict**: Approved\n"
    private let refused = "# Review\n\n**Verdict**: Not approved\n"

    init() throws { fixture = try DispatcherFixture() }

    private func answer(_ reviewer: String, _ text: String, as name: String = "r.md", request: String = "# Review: X\n")
        throws
    {
        try fixture.put("reviews/\(reviewer)/r.md", .completed, request)
        try fixture.folder.write(text, to: "reviews/\(reviewer)/responses/\(name)")
    }

    private func gate(_ review: String = "r.md") throws -> Waiting? {
        try fixture.drop("gpu/a.md", header: "needs_review: \(review)\nnot_before: 2020-01-01T00:00:00Z")
        let turn = try fixture.turn()
        if let task = turn.claimed.first(where: { $0.record.key == "gpu/a.md" }) {
            _ = try fixture.dispatcher.finish(task, .blocked("looked at"))
            return nil
        }
        let waiting: Waiting = try #require(turn.board.selection.waiting["gpu/a.md"])
        return waiting
    }

    @Test func aRequestGoesToEachKnownReviewerOnce() throws {
        try fixture.drop("reviews/codex/r.md", body: request)
        let turn = try fixture.turn()
        #expect(fixture.claimed(turn) == ["reviews/codex/r.md"])
        #expect(try fixture.text("reviews/gemini/r.md", .pending) == request)
        #expect(fixture.claimed(try fixture.turn()) == ["reviews/gemini/r.md"])
        #expect(try fixture.text("reviews/gemini/r.md", .inProgress).hasPrefix(request))
        #expect(try fixture.turn().claimed.isEmpty)
        #expect(
            try fixture.tree() == ["reviews/codex/in_progress/r.md", "reviews/gemini/in_progress/r.md"],
            "and nothing for the one that is not known")
    }

    @Test(arguments: [TaskState.inProgress, .completed, .blocked, .cancelled])
    func whoHasItInAnyFolderIsNotAskedAgain(state: TaskState) throws {
        try fixture.put("reviews/gemini/r.md", state, "# Theirs\n")
        try fixture.drop("reviews/codex/r.md", body: request)
        #expect(fixture.claimed(try fixture.turn()) == ["reviews/codex/r.md"])
        #expect(try fixture.turn().claimed.isEmpty)
        #expect(try fixture.text("reviews/gemini/r.md", state) == "# Theirs\n")
    }

    @Test func aRequestThatNamesOnlyItsOwnReviewerStaysThere() throws {
        try fixture.drop("reviews/codex/r.md", body: "# R\n\n**Assigned Reviewers**: codex\n")
        try fixture.drop("reviews/gemini/plain.md", body: "# R\n")
        try fixture.turn()
        #expect(try fixture.tree() == ["reviews/codex/in_progress/r.md", "reviews/gemini/in_progress/plain.md"])
    }

    @Test func aTasksWordsAboutReviewersMoveNothing() throws {
        try fixture.drop("gpu/r.md", body: request)
        try fixture.turn()
        #expect(try fixture.tree() == ["tasks/gpu/in_progress/r.md"])
    }

    @Test func aMissingRequestIsForAPerson() throws {
        #expect(
            try gate()
                == .person(
                    "needs the review r.md, but no reviewer has such a request: put it into reviews/<reviewer>/pending/"
                ))
    }

    @Test(arguments: [TaskState.pending, .inProgress, .blocked])
    func whatIsNotAnsweredIsWaitedFor(state: TaskState) throws {
        let fixture = try DispatcherFixture(
            BoardRules(obstacle: { $0.file.queue == "gpu" ? nil : .person("not now") }, reviewers: ["codex"]))
        try fixture.put("reviews/codex/r.md", state, "# R\n")
        try fixture.drop("gpu/a.md", header: "needs_review: r")
        let waiting = try fixture.turn().board.selection.waiting["gpu/a.md"]
        #expect(waiting == .condition("waiting for the review r: waiting for codex"))
    }

    @Test(arguments: ["r.md", "r", "codex/r.md", "reviews/codex/r"])
    func anApprovalOpensTheGate(name: String) throws {
        try answer("codex", approved)
        #expect(try gate(name) == nil)
    }

    @Test(arguments: [
        "# Review\n\n**Verdict**: Not approved\n", "# Review\n\nSome thoughts.\n", "",
        "# Review\n\n**Verdict**: Approved if X is mended\n",
    ])
    func whatIsNotPlainlyAnApprovalKeepsItShut(text: String) throws {
        try answer("codex", text)
        guard case .person(let words)? = try gate() else {
            Issue.record("the gate is open, or a drain waits for it")
            return
        }
        #expect(words.hasPrefix("the review r.md is not approved: ") && words.contains("codex"))
    }

    @Test func aReviewerThatDoesNotExistIsNamed() throws {
        try answer("codex", approved, request: "# R\n\n**Assigned Reviewers**: codex, claude\n")
        #expect(try gate()?.reason.contains("cai.yaml has no reviewer claude") == true)
    }

    @Test func doneWithoutAResponseIsNoAnswer() throws {
        try fixture.put("reviews/codex/r.md", .completed, "# R\n")
        #expect(try gate() == .condition("waiting for the review r.md: waiting for codex"))
    }

    @Test func allReviewersCount() throws {
        let both = "# R\n\n**Assigned Reviewers**: codex, gemini\n"
        try answer("codex", approved, request: both)
        #expect(try gate() == .condition("waiting for the review r.md: waiting for gemini"), "it never reached gemini")
        try answer("gemini", refused, request: both)
        guard case .person(let words)? = try gate() else {
            Issue.record("gemini did not approve")
            return
        }
        #expect(words.contains("not approved by gemini") && !words.contains("codex ("))
        try answer("gemini", approved, as: "r-2.md", request: both)
        #expect(try gate() == nil)
    }

    @Test func ofSeveralAnswersTheNewestCounts() throws {
        for (number, text) in [refused, approved, refused].enumerated() {
            try answer("codex", text, as: number == 0 ? "r.md" : "r-\(number + 1).md")
            #expect(try (gate() == nil) == (text == approved), "answer \(number + 1)")
        }
    }

    @Test func askedAgainItIsOpenAgain() throws {
        try answer("codex", approved)
        try fixture.put("reviews/codex/r.md", .blocked, "# R, once more\n")
        #expect(try gate() == .condition("waiting for the review r.md: waiting for codex"))
    }

    /// An agent's task that waits for its review goes on once that is answered, whatever the verdict.
    @Test func aHoldForAReviewEndsWithItsAnswer() throws {
        try fixture.put("reviews/codex/r.md", .blocked, "# R\n")
        try fixture.drop("gpu/a.md")
        let hold = Hold(.review, request: "r.md", reason: "waiting for the review r.md")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .held(hold))
        #expect(try fixture.turn().board.selection.waiting["gpu/a.md"] == .condition("waiting for the review r.md"))
        try fixture.files.remove(fixture.path("reviews/codex/r.md", .blocked))
        try answer("codex", refused)
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/a.md"])
    }

    @Test func aHoldForAReviewThatAPersonTookAwayEndsToo() throws {
        try fixture.drop("gpu/a.md")
        let hold = Hold(.review, request: "r.md", reason: "waiting for the review r.md")
        _ = try fixture.dispatcher.finish(try fixture.claim("gpu/a.md"), .held(hold))
        #expect(fixture.claimed(try fixture.turn()) == ["gpu/a.md"])
    }
}
