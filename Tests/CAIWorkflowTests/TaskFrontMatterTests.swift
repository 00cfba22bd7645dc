// Owns: checks of the front matter: its types, the places of its errors, and what is only a note.
// Lines are those of the whole file; columns are counted by hand.
// Never runs what a task asks for.

import CAISystem
import CAIYAML
import Foundation
import Testing

@testable import CAIWorkflow

@Suite struct TaskFrontMatterTests {
    private func read(_ yaml: String, file: String = "t.md") -> (document: TaskDocument, problems: [YAMLError]) {
        TaskDocument.diagnose(Array("---\n\(yaml)\n---\n# T\n".utf8), name: "t.md", file: file)
    }

    @Test func everyKey() throws {
        let name = "20251007_P3_with_front_matter.md"
        let document = try TaskDocument.parse(try taskFixture(name), name: name, file: name)
        let header = document.frontMatter
        #expect(header.pipeline == "stage1")
        #expect(header.until == "baseline")
        #expect(
            header.with == [
                "n": .int(100), "note": .string("50"), "deep": .array([.int(1), .object(["a": .bool(true)])]),
            ])
        #expect(header.needs == ["20251004_P0_first.md"])
        #expect(header.notBefore?.instantText == "2026-11-22T08:00:00.000Z")
        #expect(header.maxUSD == 5)
        #expect(header.timeout?.seconds == 21_600)
        #expect(header.retries == 2)
        #expect(header.requiresApproval)
        #expect(header.verify == ["swift", "test", "--filter", "Task Name"])
        #expect(header.needsReview == "20251004_stage1.md")
        #expect(header.assignTo == "claude_code")
        #expect(header.roadmap == ["Baseline Assessment / Run full evaluation on base model"])
        #expect(document.priority == .p1)
        #expect(document.title == "Run the baseline")
        #expect(
            document.notes.map(\.description) == [
                "\(name):16:1: the key `owner` is not known and is ignored",
                "\(name):17:1: the key `max_usdd` is not known and is ignored; did you mean `max_usd`?",
            ])
        #expect(header.document?.root["with"]?["n"]?.mark.line == 4)
    }

    @Test(arguments: [
        ("pipeline: [a]", 2, 11, "pipeline: expected text, found a list"),
        ("pipeline: ../x", 2, 11, "pipeline: expected a name of letters, digits, `_` and `-`, found `../x`"),
        (
            "script: ../x.py", 2, 9,
            "script: expected a path inside the workspace, relative and without `..`, found `../x.py`"
        ),
        (
            "script: /bin/sh", 2, 9,
            "script: expected a path inside the workspace, relative and without `..`, found `/bin/sh`"
        ),
        (
            "script: a.py\ninputs: [data/, ../x]", 3, 9,
            "inputs: expected paths inside the workspace, relative and without `..`, found `data/, ../x`"
        ),
        (
            "script: a.py\noutputs: .", 3, 10,
            "outputs: expected paths inside the workspace, relative and without `..`, found `.`"
        ),
        (
            "script: a.py\nargs: \"a 'b\"", 3, 7,
            "args: expected a list of words, or a text whose every quote is closed, found `a 'b`"
        ),
        ("script: a.py\nargs: [a, [b]]", 3, 11, "args[1]: expected text, found a list"),
        ("script: a.py\nenv: [A]", 3, 6, "env: expected a mapping (`key: value`), found a list"),
        (
            "script: a.py\nenv: {A-B: 1}", 3, 6,
            "env: expected variables (`NAME: value`) whose names are letters, digits and `_`, found `[\"A-B\": \"1\"]`"
        ),
        ("until: a\nretries: -1", 3, 10, "retries: expected a whole number from 0, found `-1`"),
        ("retries: two", 2, 10, "retries: expected a whole number, found the text \"two\""),
        ("max_usd: 0", 2, 10, "max_usd: expected an amount of USD above 0, found `0.0`"),
        ("max_usd: five", 2, 10, "max_usd: expected a number, found the text \"five\""),
        ("timeout: 5", 2, 10, "timeout: expected a duration such as 90s, 30m, 2h or 1d, found \"5\""),
        ("requires_approval: yes", 2, 20, "requires_approval: expected true or false, found the text \"yes\""),
        ("needs: {a: b}", 2, 8, "needs: expected a list, found a mapping"),
        ("needs: [a, [b]]", 2, 12, "needs[1]: expected text, found a list"),
        ("with: 3", 2, 7, "with: expected a mapping (`key: value`), found the number 3"),
        (
            "priority: urgent", 2, 11,
            "priority: expected P0, P1, P2 or P3 (or CRITICAL, High, Medium, Low), found `urgent`"
        ),
        ("pipeline: a\npipeline: b", 3, 1, "duplicate key \"pipeline\"; it stands on line 2 already"),
        ("script: a.py\npipeline: b", 3, 1, "a task names a `pipeline` or a `script`, not both; script stands above"),
        ("- a", 2, 1, "expected a mapping (`key: value`), found a list"),
        (
            "verify: \"echo 'x\"", 2, 9,
            "verify: expected a program and its arguments; every quote must be closed, found `echo 'x`"
        ),
    ])
    func malformed(yaml: String, line: Int, column: Int, message: String) {
        let problems = read(yaml).problems
        #expect(problems.map(\.description) == ["t.md:\(line):\(column): \(message)"])
    }

    @Test func whatAScriptIsGiven() {
        let (document, problems) = read(
            """
            script: ./scripts/a.py
            args: [--n, 100, "two words", true]
            inputs: [data/, ./x/y.jsonl]
            outputs: results/
            keep: [ckpt]
            env: {SEED: 3, NAME: a=b}
            """)
        #expect(problems.isEmpty && document.notes.isEmpty)
        let header = document.frontMatter
        #expect(header.script == "./scripts/a.py")
        #expect(header.args == ["--n", "100", "two words", "true"])
        #expect(header.inputs == ["data", "x/y.jsonl"])
        #expect(header.outputs == ["results"] && header.keep == ["ckpt"])
        #expect(header.env == ["SEED": "3", "NAME": "a=b"])
        #expect(read("script: a.py\nargs: --n 3 'x y'").document.frontMatter.args == ["--n", "3", "x y"])
        #expect(
            read("pipeline: m0\nkeep: [x]").document.notes.map(\.description)
                == ["t.md:3:1: the key `keep` is for scripts and is ignored: the header names no `script`"])
    }

    @Test func severalProblemsAreAllNamed() {
        let problems = read("max_usd: x\nretries: y\nnot_before: soon\npipeline: a\npipeline: b\n").problems
        #expect(problems.map(\.line) == [2, 3, 4, 6])
    }

    @Test func syntaxErrorHasThePlace() {
        #expect(throws: YAMLError.self) {
            try TaskDocument.parse(Array("---\nwith: {n: 1\n---\n".utf8), name: "t.md", file: "t.md")
        }
        #expect(read("with: [1, 2\nneeds: x").problems.first?.line == 3)
        #expect(read("\tpipeline: x").problems.map { [$0.line, $0.column] } == [[2, 1]])
    }

    @Test func theOpeningLineIsExact() throws {
        let marked = [0xEF, 0xBB, 0xBF] + Array("---\r\npipeline: a\r\n--- \r\n# T\r\n".utf8)
        let document = try TaskDocument.parse(marked, name: "t.md", file: "t.md")
        #expect(document.frontMatter.pipeline == "a")
        #expect(document.title == "T")
        for text in [
            "--- \npipeline: a\n---\n", "\n---\npipeline: a\n---\n", "# T\n---\npipeline: a\n---\n",
            "----\na: b\n---\n",
        ] {
            let document = try TaskDocument.parse(Array(text.utf8), name: "t.md", file: "t.md")
            #expect(document.frontMatter.pipeline == nil, "\(text)")
        }
        let (_, problems) = TaskDocument.diagnose(Array("---\npipeline: a\n# T\n".utf8), name: "t.md", file: "t.md")
        #expect(
            problems.map(\.description) == ["t.md:1:1: the front matter that begins here has no closing `---` line"])
        #expect(try TaskDocument.parse(Array("---\n---\n# T".utf8), name: "t.md", file: "t.md").title == "T")
    }

    @Test(arguments: [
        ("2026-11-22T08:00:00Z", 1_795_334_400.0), ("2026-11-22T08:00Z", 1_795_334_400),
        ("2026-11-22T09:00:00+01:00", 1_795_334_400), ("2026-11-22T02:30:00-0530", 1_795_334_400),
        ("2026-11-22T08:00:00.5Z", 1_795_334_400.5),
    ])
    func instants(text: String, seconds: Double) {
        #expect(InstantText.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [
        "2026-11-22", "2026-11-22T08:00:00", "2026-02-30T08:00:00Z", "2026-11-22T25:00:00Z", "2026-11-22T08:00:00Zx",
        "2026-11-22T08:00:00+1:00", "2026-11-22T08:00:00+25:00", "2026-11-22T08:61:00Z", "soon", "",
        "2026-13-01T00:00:00Z",
    ])
    func notInstants(text: String) {
        #expect(InstantText.parse(text) == nil)
    }

    @Test func commandsAreSplitWithoutAShell() {
        #expect(CommandWords.split("swift test") == ["swift", "test"])
        #expect(
            CommandWords.split("  a  'b c' \"d \\\" e\" f\\ g '' h\"i\"j ") == ["a", "b c", "d \" e", "f g", "", "hij"])
        #expect(CommandWords.split("echo $HOME; `id`") == ["echo", "$HOME;", "`id`"])
        #expect(CommandWords.split("'open") == nil)
        #expect(CommandWords.split("end\\") == nil)
        #expect(read("verify: a && b").document.notes.count == 1)
        #expect(read("verify: true").document.frontMatter.verify == ["true"])
    }
}
