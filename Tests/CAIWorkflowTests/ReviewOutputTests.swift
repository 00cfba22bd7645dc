// Owns: checks which outputs of reviewer programs are no reviews.
// A short answer is an answer; only a program's own words are none.
// Never runs a program.

import Testing

@testable import CAIWorkflow

@Suite struct ReviewOutputTests {
    static let dead = [
        "", " \n\t\r\n", "\u{1B}[2J\u{1B}[0m\n", "\0\0", "...\n---\n", "✅", "Error: stdout is not a terminal",
        "Error: stdout is not a terminal\n\n",
        "\u{1B}[31mError: stdout is not a terminal\u{1B}[0m\r\n", "[2025-10-04T10:00:00] ERROR: stream error: 503\n",
        "bash: codex: command not found", "codex: command not found\n", "sh: 1: gemini: not found",
        "zsh: command not found: gemini",
        "Traceback (most recent call last):\n  File \"/usr/bin/x\", line 3, in <module>\n    main()\nValueError: bad key\n",
        "TypeError: fetch failed\n    at node:internal/deps/undici:1:2\n    at async main (file:///x.js:3:4)\n\nNode.js v20.1.0\n",
        "Error: 429 Too Many Requests\nTry again later.",
        "API Error: 529 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}",
        "[API Error: You have exhausted your capacity on this model.]",
        "error: unexpected argument '--x' found\n\nUsage: codex exec [OPTIONS] [PROMPT]\n\nFor more information, try '--help'.\n",
        "usage: gemini [-h] [-p PROMPT]\n\nOptions:\n  -h, --help  show this\n  -p PROMPT   what to ask\n",
        "{\"error\": {\"code\": 401, \"message\": \"bad key\"}}", "Loaded cached credentials.\n",
        "Invalid API key · Please run /login",
        "OpenAI Codex v0.42.0 (research preview)\n--------\nworkdir: /x\nmodel: gpt-5\nprovider: openai\napproval: never\nsandbox: read-only\n--------\nERROR: stream error: stream disconnected\n",
        "thread 'main' panicked at src/main.rs:3:4:\ncalled `Option::unwrap()`\nnote: run with `RUST_BACKTRACE=1`",
        "fatal: not a git repository", "Killed", "/bin/sh: 1: cannot open review.md: No such file or directory",
        "Claude AI usage limit reached|1760000000", "Credit balance is too low",
    ]

    @Test(arguments: dead)
    func noReview(text: String) {
        let dead = ReviewOutput.judge(Array(text.utf8))
        #expect(dead != nil)
        #expect(dead?.why.contains("\n") == false)
    }

    static let alive = [
        "I cannot access the file.", "LGTM", "Approved.", "NO-GO: stdout is not read to its end.",
        "# Review\n\nError handling in the loader is missing.\n", "Error handling is missing in train.py.",
        "### HIGH\n- `Error: stdout is not a terminal` is swallowed by the wrapper, so nobody sees it.\n\nVerdict: Issues Found",
        "Loaded cached credentials.\n# Review\n\n✅ Approved", "- [HIGH] The usage text is wrong",
        "Warning signs are everywhere in this plan.",
        "ERROR: could not read CHANGELOG.md\n\nVerdict: Approved", "\u{1B}[1mLooks good to me\u{1B}[0m",
    ]

    @Test(arguments: alive)
    func review(text: String) {
        #expect(ReviewOutput.judge(Array(text.utf8)) == nil)
    }

    @Test func reasonsNameTheError() {
        #expect(ReviewOutput.judge([])?.why == "it printed nothing")
        #expect(ReviewOutput.judge(Array(" \n".utf8))?.why == "it printed only white space")
        let error = ReviewOutput.judge(Array("\nError: stdout is not a terminal\n".utf8))
        #expect(error?.why == "it printed only an error: Error: stdout is not a terminal")
    }
}
