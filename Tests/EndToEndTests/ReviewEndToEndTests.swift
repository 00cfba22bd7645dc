// The way of a review with real programs: a request, an answer with findings, tasks made of them, an agent that does them, a
// second look, and the gate that opens: verified, and the roadmap ticked.

import Foundation
import Testing

@Suite("Reviews, end to end")
struct ReviewEndToEndTests {
    private static let configuration = """
        settle: 0.2s
        queues:
          claude_code: {executor: agent, command: [sh, agent.sh], allow_verify: true, retries: 1}
        reviewers:
          codex: {command: [sh, codex.sh]}
          gemini: {command: [sh, gemini.sh]}

        """
    /// Finds two things as long as nothing is fixed.
    private static let codex = """
        cat > codex-got.md
        if [ -e fixed.txt ]; then printf '# Review\\n\\nVerdict: Approved\\n'; exit 0; fi
        cat <<'END'
        # Review of stage 1

        ## Verdict

        ⚠️ Issues Found

        ## Findings

        ### CRITICAL

        1. **Held-out questions leak into training**
           - Location: src/split.py:12
           - Impact: the measured gap is void
           - Suggestion: split by source

        ### LOW

        1. **Typo in the README**
           - Location: README.md

        END
        """
    private static let agent = """
        cat > prompt-$$.md
        echo "$(head -n 5 prompt-$$.md | grep '^# ')" >> fixed.txt
        echo "Looked at it and fixed it."
        """

    @Test("request, two findings, two fix tasks, an agent, a second answer, the gate, verify, and the roadmap ticked")
    func wholeWay() throws {
        let caid = try Caid(configuration: Self.configuration)
        try caid.write("codex.sh", Self.codex)
        try caid.write("gemini.sh", "cat > /dev/null; printf 'GO. Nothing to add.\\n'")
        try caid.write("agent.sh", Self.agent)
        try caid.write("ROADMAP.md", "# Roadmap\n\n## Milestone 1: Split 📋 TODO\n\n- [ ] Reviewed split\n- [ ] More\n")
        let request = "# Review Request: the split\n\n**Assigned Reviewers**: Codex, gemini\n\nIs it sound?\n"
        try caid.write("reviews/codex/pending/20261121_split.md", request)
        try caid.drop(
            "20261121_P0_train.md",
            """
            ---
            needs_review: 20261121_split
            verify: grep -q leak fixed.txt
            roadmap: ["Milestone 1 / Reviewed split"]
            ---
            # Task: Go on with the split

            """, queue: "claude_code")

        let first = try caid.drain()
        #expect(first.status == 0, "\(first.output)")
        #expect(try caid.text("codex-got.md") == request, "the reviewer gets the request as it was written")
        #expect(try caid.text("reviews/codex/responses/20261121_split.md").hasPrefix("# Review of stage 1\n"))
        #expect(try caid.text("reviews/gemini/responses/20261121_split.md") == "GO. Nothing to add.\n")
        for reviewer in ["codex", "gemini"] {
            #expect(caid.exists("reviews/\(reviewer)/done/20261121_split.md"))
        }
        let fixes = try caid.names("tasks/claude_code/completed")
        #expect(fixes.count == 2)
        #expect(fixes.first?.hasSuffix("_P0_fix_held_out_questions_leak_into_training.md") == true, "\(fixes)")
        #expect(fixes.last?.hasSuffix("_P3_fix_typo_in_the_readme.md") == true, "\(fixes)")
        let fix = try caid.text("tasks/claude_code/completed/\(fixes[0])")
        for words in ["src/split.py:12", "the measured gap is void", "split by source", "reviews/codex/responses/"] {
            #expect(fix.contains(words))
        }
        #expect(
            try caid.text("fixed.txt").split(separator: "\n").count == 2,
            "each was done once, and the gated task was not")
        #expect(try caid.text("status/QUEUE.md").contains("the review 20261121_split is not approved"))
        #expect(first.output.contains("not approved by codex"))

        // The same request once more: what is not answered yet counts, and then the newest answer.
        try caid.write("reviews/codex/pending/20261121_split.md", request)
        let second = try caid.drain()
        #expect(second.status == 0, "\(second.output)")
        #expect(try caid.text("reviews/codex/responses/20261121_split.md").hasPrefix("# Review of stage 1\n"), "kept")
        #expect(try caid.text("reviews/codex/responses/20261121_split-2.md").contains("Approved"))
        let done = try caid.text("tasks/claude_code/completed/20261121_P0_train.md")
        #expect(done.contains("- Verified: `grep -q leak fixed.txt` exited with 0"))
        #expect(
            try caid.text("ROADMAP.md")
                == "# Roadmap\n\n## Milestone 1: Split ⏳ DOING\n\n- [x] Reviewed split\n- [ ] More\n")
        #expect(try caid.names("tasks/claude_code/completed").count == 3)
        let history = try Caid.run(["history", "20261121_P0_train", "--json", "--root", caid.root.path])
        let stories = try JSONSerialization.jsonObject(with: Data(history.output.utf8)) as? [[String: Any]]
        let programs = (stories?.first?["programs"] as? [[String: Any]])?.compactMap { $0["what"] as? String }
        #expect(programs == ["agent `sh agent.sh`", "verify `grep -q leak fixed.txt`"])
    }

    @Test("an error message is no answer: tried again, then blocked, and never a response")
    func deadReview() throws {
        let caid = try Caid(configuration: Self.configuration)
        try caid.write("codex.sh", "cat > /dev/null; echo run >> runs.txt; echo 'Error: stdout is not a terminal'")
        try caid.write("reviews/codex/pending/20261121_x.md", "# Review Request: X\n")
        let result = try caid.drain()
        #expect(result.status == 3, "\(result.output)")
        #expect(try caid.text("runs.txt") == "run\nrun\n")
        #expect(try caid.names("reviews/codex/responses") == [])
        let blocked = try caid.text("reviews/codex/blocked/20261121_x.md")
        #expect(blocked.contains("stdout is not a terminal") && blocked.contains("caid retry"))
    }

    @Test("a reviewer that is not installed blocks its own requests with what to do, and nothing else")
    func missingReviewer() throws {
        let caid = try Caid(
            configuration: """
                settle: 0.2s
                queues: {claude_code: {executor: agent, command: [sh, agent.sh]}}
                reviewers: {codex: {command: [no-such-program-anywhere]}}

                """)
        try caid.write("agent.sh", "cat > /dev/null; echo fine")
        try caid.write("reviews/codex/pending/20261121_x.md", "# Review Request: X\n")
        try caid.drop("P0_a.md", "# Task: A\n", queue: "claude_code")
        let result = try caid.drain()
        #expect(result.status == 3, "\(result.output)")
        let blocked = try caid.text("reviews/codex/blocked/20261121_x.md")
        #expect(blocked.contains("`no-such-program-anywhere`") && blocked.contains("reviewers.codex.command"))
        #expect(caid.exists("tasks/claude_code/completed/P0_a.md"))
        let check = try Caid.run(["check", "--root", caid.root.path])
        #expect(
            check.status == 0 && check.output.contains("cai.yaml:3:1: note: there is no program"), "\(check.output)")
    }
}
