// Owns the tests of what the configuration means for the queues: what runs, what cannot, how many at once, how often.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIDaemon

struct ConfigRulesTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
    }

    private func drop(_ name: String, queue: String = "gpu", header: String = "pipeline: m0") throws {
        let text = header.isEmpty ? "# Task: X\n" : "---\n\(header)\n---\n# Task: X\n"
        let place = Workspace.reviewer(ofLane: queue) == nil ? "tasks/\(queue)" : queue
        try folder.write(text, to: "\(place)/pending/\(name)")
    }

    private func board(_ config: Config = Config()) throws -> Board {
        try Board.look(
            workspace, BoardRules(config), PendingDocuments(workspace: workspace, files: RealFiles()), store: nil,
            now: Date(timeIntervalSince1970: 1_795_224_600))
    }

    private func ready(_ board: Board) -> [String] { board.selection.ready.map(\.file.name) }

    @Test func aQueuesExecutorOrTheHeaderSaysWhatRuns() throws {
        try drop("a.md", header: "")
        try drop("d.md", queue: "claude_code", header: "")
        try drop("e.md", queue: "unnamed", header: "")
        try drop("r.md", queue: "reviews/codex", header: "")
        try drop("s.md", queue: "reviews/nobody", header: "")
        let first = try board()
        #expect(Set(ready(first)) == ["a.md", "d.md", "r.md"])
        #expect(
            first.selection.waiting["unnamed/e.md"]
                == .person(
                    "there is no queue 'unnamed' in cai.yaml, and the header names neither a pipeline nor a script"))
        #expect(
            first.selection.waiting["reviews/nobody/s.md"]
                == .person("there is no reviewer 'nobody' in cai.yaml: add reviewers.nobody.command"))
        try drop("c.md", queue: "unnamed")
        var two = Config()
        two.queues["gpu"]?.concurrency = 2
        #expect(ready(try board(two)).contains("c.md"), "its header names a pipeline")
    }

    @Test(arguments: [
        ("pipeline: m0\nverify: swift test", "queues.gpu.allow_verify: true"),
        ("pipeline: m0\nneeds_review: r.md", "needs the review r.md"),
        ("pipeline: m0\nneeds: [x.md]", "x.md"), ("pipeline: m0\nrequires_approval: true", "approval"),
    ])
    func whatCannotBeHonouredWaitsForAPerson(header: String, word: String) throws {
        try drop("a.md", header: header)
        let board = try board()
        #expect(ready(board) == [])
        guard case .person(let words)? = board.selection.waiting["gpu/a.md"] else {
            Issue.record("a drain does not wait for that")
            return
        }
        #expect(words.contains(word))
    }

    @Test func verifyRunsWhereTheQueueAllowsIt() throws {
        try drop("a.md", queue: "claude_code", header: "verify: swift test")
        try drop("b.md", queue: "unnamed", header: "pipeline: m0\nverify: swift test")
        var config = Config()
        #expect(ready(try board(config)) == [])
        config.queues["claude_code"]?.allowVerify = true
        #expect(ready(try board(config)) == ["a.md"])
    }

    @Test func aCapKeepsNobodyWaiting() throws {
        try drop("a.md", header: "pipeline: m0\nmax_usd: 5")
        #expect(ready(try board()) == ["a.md"])
    }

    @Test func aQueueOfScriptsRunsWhatNamesOneOrAPipeline() throws {
        try drop("a.md", queue: "scripts", header: "")
        try drop("b.md", queue: "scripts")
        try drop("c.md", queue: "scripts", header: "script: scripts/c.py")
        var config = Config()
        config.queues["scripts"] = Config.Queue(executor: .script, concurrency: 2)
        let board = try board(config)
        #expect(
            board.selection.waiting["scripts/a.md"]
                == .person(
                    "the queue 'scripts' runs scripts and the header names none: add `script: scripts/NAME.py` between `---` "
                        + "lines at the top of the file"))
        #expect(ready(board) == ["b.md", "c.md"])
    }

    @Test func aScriptTakesThePodWhateverItsQueue() throws {
        try drop("P1_a.md", queue: "claude_code", header: "script: a.py")
        try drop("P2_b.md", queue: "claude_code", header: "")
        try drop("P2_c.md")
        try drop("P2_d.md", queue: "unnamed", header: "script: d.py")
        var config = Config()
        config.queues["claude_code"]?.concurrency = 2
        let board = try board(config)
        #expect(ready(board) == ["P1_a.md", "P2_b.md"])
        for key in ["gpu/P2_c.md", "unnamed/P2_d.md"] {
            #expect(board.selection.waiting[key] == .slot("waiting for a slot: 'the pod' is busy"))
        }
    }

    @Test func allQueuesOfPipelinesShareThePod() throws {
        try drop("P1_a.md")
        try drop("P0_b.md", queue: "big")
        try drop("P2_c.md", queue: "claude_code")
        try drop("P3_d.md", queue: "claude_code", header: "")
        var config = Config()
        config.queues["big"] = Config.Queue(executor: .pipeline)
        let board = try board(config)
        #expect(ready(board) == ["P0_b.md", "P3_d.md"])
        for key in ["gpu/P1_a.md", "claude_code/P2_c.md"] {
            #expect(board.selection.waiting[key] == .slot("waiting for a slot: 'the pod' is busy"))
        }
        config.queues["big"]?.concurrency = 2
        #expect(ready(try self.board(config)).count == 3, "as many as the widest of them runs")
    }

    @Test func howOftenAndHowManyIsTheQueues() {
        var config = Config()
        config.queues["gpu"]?.concurrency = 3
        let rules = BoardRules(config)
        #expect(["gpu", "claude_code", "unnamed", "reviews/codex"].map(rules.concurrency) == [3, 1, 1, 1])
        #expect(["gpu", "claude_code", "unnamed", "reviews/codex"].map(rules.retries) == [0, 1, 0, 2])
        #expect(rules.reviewers == ["codex", "gemini"])
    }

    @Test func aMalformedHeaderIsReadyToBeBlockedEvenWhereNothingRuns() throws {
        try drop("a.md", queue: "unnamed", header: "retries: many")
        try drop("r.md", queue: "reviews/nobody", header: "retries: many")
        #expect(Set(ready(try board())) == ["a.md", "r.md"])
    }
}
