// Owns the tests of looking at the folders: what is a task, what is passed over, and what may be missing.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

struct SchedulerScanTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
    }

    private func scan() throws -> [QueueFolders] { try QueueScan(workspace: workspace, files: RealFiles()).scan() }

    @Test func aWorkspaceWithoutTasksHasNoQueues() throws {
        #expect(try scan() == [])
    }

    @Test func queuesAreTheFoldersBelowTasks() throws {
        for name in ["tasks/b/pending/x.md", "tasks/a/completed/y.md", "tasks/.hidden/pending/z.md", "tasks/file.md"] {
            try folder.write("", to: name)
        }
        let queues = try scan()
        #expect(queues.map(\.name) == ["a", "b"])
        #expect(queues[0].pending.isEmpty)
        #expect(queues[1].pending.map(\.name) == ["x.md"])
    }

    @Test func onlyTasksAreTaken() throws {
        let good = ["P0_x.md", "20251004_y.md", "a b.md"]
        let passed = [".t.md.AbC123", "4913", "t.md~", "x.tmp", "README", "a.sync-conflict-1.md", "_x.md", "x.MD"]
        for name in good + passed { try folder.write("", to: "tasks/gpu/pending/\(name)") }
        try folder.write("", to: "tasks/gpu/pending/folder.md/x.md")
        try makeSymbolicLink(folder["tasks/gpu/pending/link.md"], to: folder["tasks/gpu/pending/P0_x.md"])
        let queue = try #require(try scan().first)
        #expect(queue.pending.map(\.name) == ["20251004_y.md", "P0_x.md", "a b.md"])
        #expect(Set(queue.passedOver.keys) == ["a.sync-conflict-1.md", "_x.md", "x.MD", "link.md"])
        #expect(queue.passedOver["link.md"]?.contains("symbolic link") == true)
    }

    @Test func everyStateIsListedAndWatched() throws {
        for state in TaskState.allCases { try folder.write("", to: "tasks/gpu/\(state.rawValue)/\(state.rawValue).md") }
        let queue = try #require(try scan().first)
        #expect(queue.inProgress == ["in_progress.md"])
        #expect(queue.blocked == ["blocked.md"])
        let scan = QueueScan(workspace: workspace, files: RealFiles())
        #expect(try scan.tasks("gpu", .completed) == ["completed.md"])
        #expect(try scan.tasks("gpu", .cancelled) == ["cancelled.md"])
        #expect(try scan.tasks("nowhere", .completed) == [])
        let folders = try scan.folders()
        #expect(Set(folders).isSuperset(of: TaskState.allCases.map { workspace.folder(queue: "gpu", $0) }))
        #expect(folders.contains(workspace.tasks))
    }

    @Test func reviewersAreLanesBehindTheQueues() throws {
        let requests = ["pending": "p.md", "in_progress": "i.md", "blocked": "b.md", "done": "d.md"]
        for (state, name) in requests { try folder.write("", to: "reviews/codex/\(state)/\(name)") }
        try folder.write("", to: "reviews/codex/responses/d.md")
        try folder.write("", to: "reviews/.hidden/pending/z.md")
        try folder.write("", to: "tasks/zz/pending/t.md")
        let queues = try scan()
        #expect(queues.map(\.name) == ["zz", "reviews/codex"])
        #expect(queues[1].pending.map(\.key) == ["reviews/codex/p.md"])
        #expect(queues[1].inProgress == ["i.md"] && queues[1].blocked == ["b.md"])
        let scan = QueueScan(workspace: workspace, files: RealFiles())
        #expect(try scan.tasks("reviews/codex", .completed) == ["d.md"], "finished requests lie in done/")
        let watched = try scan.folders()
        #expect(watched.contains(folder["reviews/codex/done"]) && watched.contains(workspace.reviews))
        #expect(!watched.contains(folder["reviews/codex/responses"]))
    }

    @Test func aLaneIsAReviewersAndNoQueues() {
        #expect(Workspace.reviewer(ofLane: Workspace.lane(reviewer: "codex")) == "codex")
        #expect(Workspace.reviewer(ofLane: "gpu") == nil && Workspace.reviewer(ofLane: "reviews") == nil)
        #expect(workspace.folder(queue: "reviews/codex", .completed) == folder["reviews/codex/done"])
        #expect(workspace.folder(queue: "reviews/codex", .cancelled) == folder["reviews/codex/cancelled"])
        #expect(workspace.responses(reviewer: "codex") == folder["reviews/codex/responses"])
    }

    @Test func aFileWhereAFolderBelongsIsNoFolder() throws {
        try folder.write("", to: "tasks/gpu/pending")
        #expect(try scan().map(\.pending) == [[]])
    }

    @Test func pathsAreShownAsPeopleWriteThem() {
        let workspace = Workspace(root: "/home/me/./work/../ws")
        #expect(workspace.root == "/home/me/ws")
        #expect(workspace.file(queue: "gpu", .inProgress, "a.md") == "/home/me/ws/tasks/gpu/in_progress/a.md")
        #expect(workspace.display("/home/me/ws/tasks/a.md") == "tasks/a.md")
        #expect(workspace.display("/home/me/ws") == "/home/me/ws")
        #expect(workspace.display("/home/me/wsx/a") == "/home/me/wsx/a")
    }
}
