// Owns the scenarios: one for each thing that a daemon writes. To add one, add it to the list.
// Each agent program adds a line to `runs.txt`, so that a start too many or too few is seen.

extension CrashScenario {
    static let all = [malformed, completed, failed, retried, verified, savedAgain, reviewed, approval]

    static let malformed = CrashScenario(
        name: "two malformed headers: blocked",
        fates: ["20261121_P1_a.md", "20261121_P2_b.md"].map { name in
            CrashFile(
                lane: "tasks/gpu", name: name,
                text: "---\npipeline: [stage1\n---\n# Task: \(name) \u{1F600}\n\n- [ ] a box", end: "blocked",
                once: ["] started as run ", "] blocked: the header is malformed"])
        })

    private static let name = "20261121_P1_a.md"
    private static func queue(_ more: String = "") -> String {
        "queues:\n  agents: {executor: agent, command: [sh, agent.sh], retries: 0, allow_verify: true\(more)}\n"
    }
    /// An agent that counts its starts.
    private static func agent(_ script: String) -> [String: String] {
        ["agent.sh": "cat > /dev/null\necho run >> runs.txt\n" + script]
    }
    private static let started = "] started as run 20261121_P1_a"
    private static let succeeded = ["] completed: ", "## Completion Notes", "- Result: All is well."]

    static let completed = CrashScenario(
        name: "an agent: completed, the roadmap ticked", configuration: queue(),
        files: agent("echo 'All is well.'\n").merging([
            "ROADMAP.md": "# Roadmap\n\n## Baseline 📋 TODO\n\n- [ ] Run it\n- [ ] Read it\n"
        ]) { $1 },
        fates: [
            CrashFile(
                name: name, text: "---\nroadmap: [Baseline / Run it]\n---\n# Task: Run it\r\n\r\n- [ ] a box",
                end: "completed", once: [started] + succeeded)
        ],
        ends: [
            "runs.txt": "run\n", "ROADMAP.md": "# Roadmap\n\n## Baseline ⏳ DOING\n\n- [x] Run it\n- [ ] Read it\n",
        ])

    static let failed = CrashScenario(
        name: "an agent fails: blocked", configuration: queue(),
        files: agent("echo 'cannot find the data'; exit 1\n"),
        fates: [
            CrashFile(
                name: name, text: "# Task: Fail\n", end: "blocked",
                once: [started, "] blocked: failed: ", "cannot find the data"])
        ],
        ends: ["runs.txt": "run\n"])

    static let retried = CrashScenario(
        name: "an agent fails, then succeeds: completed",
        configuration: queue().replacing("retries: 0", with: "retries: 1"),
        files: agent("if [ ! -e failed ]; then touch failed; echo 'cannot find it'; exit 1; fi\necho 'All is well.'\n"),
        fates: [
            CrashFile(
                name: name, text: "# Task: Fail once\n", end: "completed",
                once: ["] pending: failed: ", "cannot find it"] + succeeded)
        ],
        ends: ["runs.txt": "run\nrun\n"], isSlow: true)

    static let verified = CrashScenario(
        name: "an agent, then verify: completed", configuration: queue(),
        files: agent("echo 'All is well.'\n").merging(["verify.sh": "echo verified >> runs.txt\n"]) { $1 },
        fates: [
            CrashFile(
                name: name, text: "---\nverify: sh verify.sh\n---\n# Task: Prove it\n", end: "completed",
                once: [started, "- Verified: "] + succeeded)
        ],
        ends: ["runs.txt": "run\nverified\n"])

    /// The agent saves its own task again, as a person might, and waits until that is put aside.
    static let savedAgain = CrashScenario(
        name: "saved again while it runs: the amendment kept", configuration: queue(),
        files: agent(
            """
            again=tasks/agents/pending/\(name)
            printf '# Task: Another\\n' > "$again.new" && mv "$again.new" "$again"
            n=0
            while [ -e "$again" ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n + 1)); done
            echo 'All is well.'

            """),
        fates: [
            CrashFile(name: name, text: "# Task: One\n", end: "completed", once: [started] + succeeded),
            CrashFile(
                name: "20261121_P1_a.amended-1.md", text: "# Task: Another\n", end: "blocked", isUnchanged: true,
                isDropped: false),
        ],
        ends: ["runs.txt": "run\n"])

    private static let response = """
        # Review

        ## Verdict

        Issues Found

        ## Findings

        ### CRITICAL

        1. **Questions leak**
           - Location: src/split.py:12

        """

    static let reviewed = CrashScenario(
        name: "a review: response, a fix task, its agent",
        configuration: queue() + "reviewers:\n  codex: {command: [sh, codex.sh]}\n",
        files: agent("echo 'All is well.'\n").merging([
            "codex.sh": "cat > /dev/null\necho review >> runs.txt\ncat response\n", "response": response,
        ]) { $1 },
        fates: [
            CrashFile(
                lane: "reviews/codex", name: "20261121_split.md", text: "# Review Request: the split\n", end: "done",
                once: ["] started as run ", "] completed: "]),
            CrashFile(
                lane: "reviews/codex", name: "20261121_split.md", text: response, end: "responses", isUnchanged: true,
                isDropped: false),
            CrashFile(
                name: "_P0_fix_questions_leak.md", text: "---\npriority: P0\n---\n\n# Task: Fix: Questions leak\n",
                end: "completed", once: ["] started as run "] + succeeded, isDropped: false),
        ],
        ends: ["runs.txt": "review\nrun\n"])

    static let approval = CrashScenario(
        name: "an approval asked for: the box written", configuration: queue(), files: agent("echo 'All is well.'\n"),
        fates: [
            CrashFile(
                name: name, text: "---\nrequires_approval: true\n---\n# Task: Ask\n", end: "pending",
                once: ["- [ ] Run this task", "<!-- caid:approval "])
        ])
}
