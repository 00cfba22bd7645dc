// Owns the tests of the view of all queues: what would run, and what nothing here can run.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIDaemon

struct TaskBoardTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
    }

    private func drop(_ name: String, queue: String = "gpu", header: String = "pipeline: m0") throws {
        let text = header.isEmpty ? "# Task: X\n" : "---\n\(header)\n---\n# Task: X\n"
        try folder.write(text, to: "tasks/\(queue)/pending/\(name)")
    }

    private func board(_ config: Config = Config(), running: [String: Int]? = nil) throws -> TaskBoard {
        try TaskBoard(
            workspace, config, RealFiles(), now: Date(timeIntervalSince1970: 1_795_224_600), running: running)
    }

    private func ready(_ board: TaskBoard) -> [String] { board.selection.ready.map(\.file.name) }

    @Test func aQueuesExecutorOrTheHeaderSaysWhatRuns() throws {
        try drop("a.md", header: "")
        try drop("b.md", queue: "claude_code")
        try drop("c.md", queue: "unnamed")
        try drop("d.md", queue: "claude_code", header: "")
        try drop("e.md", queue: "unnamed", header: "")
        let board = try board()
        #expect(Set(ready(board)) == ["a.md", "b.md", "c.md"])
        #expect(board.selection.waiting["claude_code/d.md"]?.reason.contains("agents cannot be run") == true)
        #expect(board.selection.waiting["unnamed/e.md"]?.reason.contains("no queue 'unnamed' in cai.yaml") == true)
    }

    @Test(arguments: [
        ("script: scripts/foo.py", "scripts"), ("pipeline: m0\nverify: swift test", "'verify'"),
        ("pipeline: m0\nneeds_review: r.md", "'needs_review'"),
        ("pipeline: m0\nneeds: [x.md]", "x.md"), ("pipeline: m0\nrequires_approval: true", "approval"),
    ])
    func whatCannotBeHonouredWaits(header: String, word: String) throws {
        try drop("a.md", header: header)
        let board = try board()
        #expect(ready(board) == [])
        #expect(board.selection.waiting["gpu/a.md"]?.reason.contains(word) == true)
        guard case .condition? = board.selection.waiting["gpu/a.md"] else {
            Issue.record("a drain does not wait for that")
            return
        }
    }

    @Test func aScriptQueueCannotRunEither() throws {
        try drop("a.md", queue: "scripts", header: "")
        var config = Config()
        config.queues["scripts"] = Config.Queue(executor: .script, concurrency: 1)
        #expect(try board(config).selection.waiting["scripts/a.md"]?.reason.contains("scripts") == true)
    }

    @Test func slotsAreWhatIsNotAtWork() throws {
        for name in ["a.md", "b.md", "c.md"] { try drop(name) }
        try folder.write("", to: "tasks/gpu/in_progress/z.md")
        var config = Config()
        config.queues["gpu"]?.concurrency = 3
        #expect(try ready(board(config)) == ["a.md", "b.md"], "what lies in in_progress/ counts")
        #expect(try ready(board(config, running: ["gpu": 1])) == ["a.md", "b.md"])
        #expect(try ready(board(config, running: [:])) == ["a.md", "b.md", "c.md"])
        #expect(try board().selection.waiting["gpu/a.md"]?.reason == "waiting for a slot: 'gpu' is busy")
    }

    @Test func aNameThatIsInProgressAlreadyWaitsWithThatReason() throws {
        try drop("a.md")
        try folder.write("", to: "tasks/gpu/in_progress/a.md")
        try folder.write("", to: "tasks/other/in_progress/b.md")
        try drop("b.md")
        let board = try board(running: [:])
        #expect(ready(board) == ["b.md"])
        #expect(board.selection.waiting["gpu/a.md"]?.reason.contains("in_progress/ already") == true)
    }

    @Test func needsAreMetByCompletedFilesOfTheRightQueue() throws {
        try drop("a.md", header: "pipeline: m0\nneeds: [other/x]")
        try folder.write("", to: "tasks/gpu/completed/x.md")
        #expect(try ready(board()) == [])
        try folder.write("", to: "tasks/other/completed/x.md")
        #expect(try ready(board()) == ["a.md"])
    }

    @Test func aMalformedHeaderIsReadyToBeBlockedEvenWhereNothingRuns() throws {
        try drop("a.md", queue: "claude_code", header: "retries: many")
        let board = try board()
        #expect(ready(board) == ["a.md"])
        #expect(
            board.candidates.first?.problems.first?.description.hasPrefix("tasks/claude_code/pending/a.md:2:10: ")
                == true)
    }
}
