// Owns a workspace with one queue for the tests of the lifecycle.
// Never more than folders and files; the memory is the test's.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// A workspace in a temporary folder, a store that survives, and a clock that a test moves.
struct LifecycleFixture {
    let folder: TemporaryFolder
    let workspace: Workspace
    let store = MemoryStore()
    let clock = FixedClock()
    let files = RealFiles()

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
        try files.makeDirectories(workspace.folder(queue: "gpu", .pending))
    }

    /// A daemon's lifecycle; the next one has the same memory.
    func lifecycle(_ files: any FileOperations = RealFiles(), around: @escaping @Sendable () throws -> Void = {})
        -> TaskLifecycle
    {
        TaskLifecycle(
            workspace: workspace, store: MemoryStore(store.memory, around: around), files: files, clock: clock)
    }

    func drop(_ name: String, _ text: String = "# Task: X\n") throws {
        try folder.write(text, to: "tasks/gpu/pending/\(name)")
    }

    func claim(_ name: String, by lifecycle: TaskLifecycle? = nil) throws -> ClaimedTask? {
        let status = try #require(try files.status(workspace.file(queue: "gpu", .pending, name)))
        return try (lifecycle ?? self.lifecycle()).claim(queue: "gpu", name: name, expecting: status)
    }

    func ending(
        _ cause: Cause, _ summary: String = "done: 7 of 9", notes: String? = nil, roadmap: [String] = []
    ) -> TaskEnding {
        TaskEnding(cause: cause, at: clock.now() + 60, summary: summary, notes: notes, roadmap: roadmap)
    }

    /// Every task file: `state/name`, sorted.
    func tasks() throws -> [String] {
        try folder.names().filter { $0.hasPrefix("tasks/gpu/") }.map { String($0.dropFirst("tasks/gpu/".count)) }
    }

    func text(_ task: String) throws -> String { try folder.text("tasks/gpu/\(task)") }
}
