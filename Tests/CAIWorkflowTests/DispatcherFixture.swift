// Owns a daemon without its executors for the tests of the wheel: a workspace, a memory, virtual time, and turns.
// Never runs anything: a test says how each work ended.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// One workspace and the dispatcher over it.
final class DispatcherFixture: Sendable {
    let folder: TemporaryFolder
    let workspace: Workspace
    let store = MemoryStore()
    let clock = FixedClock()
    let files = RealFiles()
    let rules: BoardRules
    let dispatcher: Dispatcher

    init(_ rules: BoardRules = BoardRules(reviewers: ["codex", "gemini"])) throws {
        self.rules = rules
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
        dispatcher = Dispatcher(
            workspace: workspace, rules: rules, settle: 2, store: store, clock: clock, random: { 0.5 })
        try files.makeDirectories(workspace.tasks)
        _ = try dispatcher.turn(arrived: [])
    }

    /// The next daemon over the same workspace, with the same memory.
    func successor() -> Dispatcher {
        Dispatcher(workspace: workspace, rules: rules, settle: 2, store: store, clock: clock, random: { 0.25 })
    }

    /// - Parameter place: `queue/name`, or `reviews/codex/name`.
    func drop(_ place: String, header: String = "", body: String = "# Task: X\n") throws {
        try put(place, .pending, (header.isEmpty ? "" : "---\n\(header)\n---\n") + body)
    }

    func put(_ place: String, _ state: TaskState, _ text: String = "# Task: X\n") throws {
        let path = path(place, state)
        try files.makeDirectories(path.removingLastComponent())
        try files.writeAtomically(path, bytes: Array(text.utf8))
    }

    func path(_ place: String, _ state: TaskState) -> FilePath {
        let parts = place.split(separator: "/").map(String.init)
        return workspace.file(queue: parts.dropLast().joined(separator: "/"), state, parts.last ?? "")
    }

    func text(_ place: String, _ state: TaskState) throws -> String {
        String(decoding: try files.read(path(place, state)), as: UTF8.self)
    }

    /// As a person does with a file manager.
    func move(_ place: String, _ from: TaskState, _ to: TaskState) throws {
        try files.makeDirectories(path(place, to).removingLastComponent())
        try files.move(path(place, from), to: path(place, to))
    }

    /// Looks now, and again when all has settled.
    @discardableResult
    func turn() throws -> Turn {
        let first = try dispatcher.turn(arrived: [])
        clock.advance(2.1)
        var second = try dispatcher.turn(arrived: [])
        second.claimed = first.claimed + second.claimed
        second.amended = first.amended + second.amended
        second.vanished = first.vanished + second.vanished
        return second
    }

    /// What is at work, as `queue/name`, sorted.
    var running: [String] { dispatcher.running.keys.sorted() }

    /// The names that a turn has claimed, in order.
    func claimed(_ turn: Turn) -> [String] { turn.claimed.map(\.record.key) }

    /// Claims one task that has been dropped.
    func claim(_ place: String) throws -> ClaimedTask {
        try #require(try turn().claimed.first { $0.record.key == place })
    }

    func reason(_ place: String) throws -> Waiting? { try turn().board.selection.waiting[place] }

    func order(_ verb: Order.Verb, _ task: String) throws -> OrderReply {
        try dispatcher.carryOut(Order(verb, task: task, at: clock.now())).reply
    }

    /// Every file below `tasks/` and `reviews/`, sorted.
    func tree() throws -> [String] {
        try folder.names().filter { $0.hasPrefix("tasks/") || $0.hasPrefix("reviews/") }
    }
}
