// Owns the tests of what the board means for the pod: what would use it, who only waits for a person, what gives way to what.

import CAIGPU
import CAISystem
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIWorkflow

struct PodDemandsTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace
    private let rules = BoardRules(Config())

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
    }

    private func write(_ name: String, _ header: String, _ state: String = "pending", queue: String = "gpu") throws {
        try folder.write("---\n\(header)\n---\n# Task: X\n", to: "tasks/\(queue)/\(state)/\(name)")
    }

    private func board() throws -> Board {
        try Board.look(
            workspace, rules, PendingDocuments(workspace: workspace, files: RealFiles()), store: nil,
            now: Date(timeIntervalSince1970: 1_795_224_600))
    }

    private func demand(isAtWork: Bool = false, lastWasBlocked: Bool = false) throws -> PodDemand {
        PodDemand(try board(), rules, isAtWork: isAtWork, lastWasBlocked: lastWasBlocked)
    }

    /// A task at work, as the scheduler holds it.
    private func atWork(_ name: String, _ header: String, queue: String = "gpu") throws -> [String: ClaimedTask] {
        try write(name, header, "in_progress", queue: queue)
        let record = TaskRecord(
            id: 1, queue: queue, name: name, inode: 1, run: "run-\(name)", state: .running, claimedAt: .distantPast,
            ending: nil)
        let bytes = try RealFiles().read(workspace.file(queue: queue, .inProgress, name))
        return [record.key: ClaimedTask(record: record, bytes: bytes, isResumed: false)]
    }

    private func due(_ atWork: [String: ClaimedTask], before: Set<String> = []) throws -> [String]? {
        Preemption.due(try board(), rules, atWork: atWork) { before.contains($0) }
            .map { [$0.urgent.file.name, $0.victim.record.name] }
    }

    @Test func whatWouldUseThePodNowIsNamed() throws {
        #expect(try demand() == PodDemand())
        try write("a.md", "pipeline: m0")
        try write("b.md", "script: s.py", queue: "claude_code")
        try write("c.md", "requires_approval: true\npipeline: m0")
        try write("agent.md", "priority: P0", queue: "claude_code")
        #expect(try demand() == PodDemand(runnable: ["a.md", "b.md"]))
    }

    @Test func whereOnlyPeopleCanGoOnThePodIsNotNeeded() throws {
        #expect(try demand(lastWasBlocked: true).waitsOnlyForPeople)
        #expect(try demand(isAtWork: true, lastWasBlocked: true) == PodDemand(), "it is between two jobs")
        try write("a.md", "requires_approval: true\npipeline: m0")
        #expect(try demand() == PodDemand(waitsOnlyForPeople: true))
        try write("b.md", "not_before: 2036-01-01T00:00:00Z\npipeline: m0")
        #expect(try demand(lastWasBlocked: true) == PodDemand(), "that comes about by itself")
    }

    @Test func anUrgentTaskTakesThePodFromOneThatIsNotOnce() throws {
        let victim = try atWork("old.md", "pipeline: stage1")
        #expect(try due(victim) == nil, "nothing urgent waits")
        try write("now.md", "priority: P0\npipeline: m0")
        #expect(try due(victim) == ["now.md", "old.md"])
        #expect(try due(victim, before: ["run-old.md"]) == nil)
        #expect(try due([:]) == nil)
    }

    @Test(arguments: ["priority: P1\npipeline: m0", "priority: P0\npreempt: false\npipeline: m0"])
    func whatIsNotUrgentOrDoesNotWantToWaits(header: String) throws {
        let victim = try atWork("old.md", "pipeline: stage1")
        try write("now.md", header)
        #expect(try due(victim) == nil)
    }

    @Test(arguments: ["priority: P1\npipeline: m0", "priority: P0\npipeline: m0"])
    func whatIsUrgentItselfKeepsThePod(header: String) throws {
        let victim = try atWork("old.md", header)
        try write("now.md", "priority: P0\npipeline: m0")
        #expect(try due(victim) == nil)
    }
}
