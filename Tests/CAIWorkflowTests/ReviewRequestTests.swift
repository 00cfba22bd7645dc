// Owns: checks that a request's reviewers are found in every dialect, and that it is approved only by all of them.
// The names of folders follow from people's words.
// Never reads a response.

import CAISystem
import Testing

@testable import CAIWorkflow

@Suite struct ReviewRequestTests {
    static func request(_ text: String) -> ReviewRequest {
        ReviewRequest.diagnose(Array(text.utf8), name: "20251004_P1_stage1.md", file: "stage1.md").request
    }

    static let dialects: [(text: String, reviewers: [String])] = [
        ("**Assigned Reviewers**: gemini, codex", ["gemini", "codex"]),
        ("**Assigned Reviewers:** Codex, Gemini, Claude Code", ["codex", "gemini", "claude_code"]),
        ("Assigned Reviewers: codex and gemini", ["codex", "gemini"]),
        ("Assigned Reviewer(s): Codex & Gemini", ["codex", "gemini"]),
        ("- **Reviewers**: `codex`; @gemini", ["codex", "gemini"]),
        ("*Reviewer*: Codex (methods, statistics), Gemini (GPT-5 is away)", ["codex", "gemini"]),
        (
            "**Assigned Reviewers**:\n- Codex\n- [ ] Gemini: methods\n* Claude Code (if free)",
            ["codex", "gemini", "claude_code"]
        ),
        ("**Assigned Reviewers**\n\ncodex, gemini", ["codex", "gemini"]),
        ("## Assigned Reviewers\n\n1. Codex – statistics\n2. GPT-5", ["codex", "gpt-5"]),
        ("**Assigned Reviewers**: Codex, codex, CODEX", ["codex"]),
        ("**Assigned Reviewers**: [gemini, codex]", ["gemini", "codex"]),
        ("```\n**Assigned Reviewers**: codex\n```\n**Assigned Reviewers**: gemini", ["gemini"]),
        ("**Assigned Reviewers**: ../../etc, .hidden", ["etc", "hidden"]),
        ("**Assigned Reviewers**: TBD", []), ("**Assigned Reviewers**:", []),
        ("The reviewers were codex and gemini.", []),
        ("Nothing", []),
    ]

    @Test(arguments: dialects)
    func reviewers(text: String, reviewers: [String]) {
        #expect(Self.request("# Review Request: Stage 1\n\n\(text)\n\n## What\n\nAll of it.\n").reviewers == reviewers)
    }

    @Test func restOfTheRequest() {
        let text =
            "---\nassign_to: claude_code\npriority: P0\n---\n# Review Request: Stage 1\r\n\r\n**Reviewers**: codex\r\n"
        let (request, problems) = ReviewRequest.diagnose(Array(text.utf8), name: "P1_x.md", file: "x.md")
        #expect(problems.isEmpty)
        #expect(request.title == "Stage 1")
        #expect(request.assignTo == "claude_code")
        #expect(request.priority == .p0)
        #expect(request.reviewers == ["codex"])
        #expect(request.notes.isEmpty)
        #expect(Self.request("# Code Review: Stage 1").title == "Stage 1")
        #expect(Self.request("# Stage 1: review").title == "Stage 1: review")
    }

    @Test func problemsAndNotesHaveTheirPlace() {
        let (request, problems) = ReviewRequest.diagnose(
            Array("---\nretries: many\n---\n# R\n\n**Assigned Reviewers**: none\n".utf8), name: "r.md", file: "r.md")
        #expect(problems.map(\.line) == [2])
        #expect(request.reviewers.isEmpty)
        #expect(request.notes.map(\.line) == [6])
    }

    static func verdict(_ verdict: Verdict) -> ReviewVerdict {
        ReviewVerdict(verdict: verdict, words: "w", line: 1, why: "line 1 says \"w\"")
    }

    @Test func onlyAllApprovalsApprove() {
        let request = Self.request("**Assigned Reviewers**: Codex, Claude Code")
        #expect(request.standing([]) == (false, false, "waiting for codex, claude_code"))
        let one = request.standing([("codex", Self.verdict(.approved)), ("claude_code", nil)])
        #expect(one == (false, false, "waiting for claude_code"))
        let both = request.standing([("Codex", Self.verdict(.approved)), ("Claude Code", Self.verdict(.approved))])
        #expect(both == (true, true, "approved by codex, claude_code"))
        let refused = request.standing([
            ("codex", Self.verdict(.notApproved)), ("claude_code", Self.verdict(.approved)),
        ])
        #expect(refused == (true, false, "not approved by codex (line 1 says \"w\")"))
        let doubtful = request.standing([("codex", Self.verdict(.ambiguous))])
        #expect(
            doubtful
                == (
                    false, false,
                    "codex's answer has to be read by a person (line 1 says \"w\"); waiting for claude_code"
                ))
        let stranger = request.standing([("gemini", Self.verdict(.approved)), ("codex", Self.verdict(.approved))])
        #expect(!stranger.isComplete && !stranger.isApproved)
        let later = request.standing([
            ("codex", Self.verdict(.notApproved)), ("claude_code", Self.verdict(.approved)),
            ("codex", Self.verdict(.approved)),
        ])
        #expect(later.isApproved)
    }

    @Test func withoutNamesTheFolderCounts() {
        let request = Self.request("Please review.")
        #expect(request.standing([("codex", Self.verdict(.approved))]).isApproved)
        #expect(!request.standing([("codex", nil)]).isComplete)
        #expect(request.standing([]) == (false, false, "nobody was asked for a review"))
    }
}
