// A pipeline's question as a request file: written once, found again, asked anew when it changes.

import CAIPipeline
import CAISystem
import CAIWorkflow
import TestSupport
import Testing

@testable import CAIDaemon

@Suite("Questions to reviewers")
struct ReviewDeskTests {
    private let folder: TemporaryFolder
    private let desk: WorkspaceReviewDesk

    init() throws {
        folder = try TemporaryFolder()
        desk = WorkspaceReviewDesk(
            workspace: Workspace(root: folder.path), reviewers: ["codex", "gemini"], files: RealFiles())
    }

    private func question(_ fingerprint: String, reviewers: [String] = ["codex"]) -> ReviewQuestion {
        ReviewQuestion(
            run: "stage", step: "judge", reviewers: reviewers, ask: "Look.\n---\n# Heading\n````", artifacts: [],
            fingerprint: fingerprint)
    }

    private func answer(_ text: String, to name: String, reviewer: String = "codex") throws {
        try RealFiles().makeDirectories(folder["reviews/\(reviewer)/done"])
        try RealFiles().move(
            folder["reviews/\(reviewer)/pending/\(name)"], to: folder["reviews/\(reviewer)/done/\(name)"])
        try folder.write(text, to: "reviews/\(reviewer)/responses/\(name)")
    }

    @Test("asked once, waiting until it is answered, and then as the answer says")
    func once() throws {
        for _ in 1...2 {
            guard case .waiting(let request, _) = try desk.ask(question("k1")) else {
                Issue.record("nobody has answered")
                return
            }
            #expect(request == "stage_judge.md")
            #expect(try folder.names() == ["reviews/codex/pending/stage_judge.md"])
        }
        let text = try folder.text("reviews/codex/pending/stage_judge.md")
        let (request, problems) = ReviewRequest.diagnose(Array(text.utf8), name: "stage_judge.md", file: "x")
        #expect(problems.isEmpty && request.reviewers == ["codex"])
        try answer("Verdict: Approved\n", to: "stage_judge.md")
        guard case .approved = try desk.ask(question("k1")) else {
            Issue.record("it was approved")
            return
        }
    }

    @Test("another question gets a request and an answer of its own")
    func another() throws {
        _ = try desk.ask(question("k1"))
        try answer("Verdict: Approved\n", to: "stage_judge.md")
        guard case .waiting("stage_judge-2.md", _) = try desk.ask(question("k2")) else {
            Issue.record("the answer was to another question")
            return
        }
        try answer("Verdict: Not approved\n", to: "stage_judge-2.md")
        guard case .notApproved = try desk.ask(question("k2")) else {
            Issue.record("it was not approved")
            return
        }
    }

    @Test("a reviewer that nobody has configured is named, with those that are there")
    func unknown() {
        let error = #expect(throws: PipelineError.self) { try desk.ask(question("k", reviewers: ["claude"])) }
        #expect(error?.message.contains("claude") == true && error?.message.contains("codex, gemini") == true)
    }
}
