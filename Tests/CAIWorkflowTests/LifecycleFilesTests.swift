// Owns the tests of the files that come with an ending: a response kept whole, tasks made once, whenever the daemon dies.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

struct LifecycleFilesTests {
    private static let response = "# Review \u{1F600}\r\n\r\nNot approved"
    private static let fixes = ["fix_one.md": "# Task: One\n", "fix_two.md": "# Task: Two\n"]

    /// A claimed request, and how it is to end.
    private func claimed() throws -> (fixture: DispatcherFixture, task: TaskRecord, ending: TaskEnding) {
        let fixture = try DispatcherFixture()
        try fixture.drop("reviews/codex/r.md", body: "# Review: X\n")
        let task = try fixture.claim("reviews/codex/r.md").record
        let files =
            [NewFile(.response, owner: "codex", name: "r.md", contents: Array(Self.response.utf8))]
            + Self.fixes.sorted { $0.key < $1.key }.map {
                NewFile(.task, owner: "agents", name: $0.key, contents: Array($0.value.utf8))
            }
        let ending = TaskEnding(
            cause: .succeeded, at: fixture.clock.now() + 60, summary: "answered", notes: "- Verdict: no", files: files)
        return (fixture, task, ending)
    }

    private func lifecycle(
        _ fixture: DispatcherFixture, _ files: any FileOperations = RealFiles(),
        around: @escaping @Sendable () throws -> Void = {}
    ) -> TaskLifecycle {
        TaskLifecycle(
            workspace: fixture.workspace, store: MemoryStore(fixture.store.memory, around: around), files: files,
            clock: fixture.clock)
    }

    private func responses(_ fixture: DispatcherFixture) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try fixture.folder.names()
        where name.hasPrefix("reviews/codex/responses/") && !name.contains(".tmp") {
            found[String(name.dropFirst("reviews/codex/responses/".count))] = try fixture.folder.text(name)
        }
        return found
    }

    private func tasks(_ fixture: DispatcherFixture) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try fixture.folder.names() where name.hasPrefix("tasks/agents/") && !name.contains(".tmp") {
            found[String(name.dropFirst("tasks/agents/".count))] = try fixture.folder.text(name)
        }
        return found
    }

    @Test func theyAreThereBeforeTheRequestMoves() throws {
        let (fixture, task, ending) = try claimed()
        let files = InterposedFiles { moment, verb in
            guard moment == .before, verb == "rename" else { return }
            if try fixture.text("reviews/codex/r.md", .inProgress).contains("] completed: answered") {
                #expect(try responses(fixture).count == 1)
                #expect(try tasks(fixture).count == 2)
            }
        }
        try lifecycle(fixture, files).finish(task, ending)
        #expect(try responses(fixture) == ["r.md": Self.response])
        #expect(try tasks(fixture) == ["pending/fix_one.md": "# Task: One\n", "pending/fix_two.md": "# Task: Two\n"])
        #expect(try fixture.tree().contains("reviews/codex/done/r.md"))
        #expect(fixture.store.events.contains("made the task agents/fix_one.md"))
    }

    @Test func anEarlierResponseIsNeverReplaced() throws {
        let (fixture, task, ending) = try claimed()
        try fixture.folder.write("# The first\n", to: "reviews/codex/responses/r.md")
        try fixture.folder.write("# The second\n", to: "reviews/codex/responses/r-2.md")
        try lifecycle(fixture).finish(task, ending)
        #expect(
            try responses(fixture) == ["r.md": "# The first\n", "r-2.md": "# The second\n", "r-3.md": Self.response])
    }

    @Test(arguments: TaskState.allCases)
    func aTaskThatIsThereAlreadyIsNotMadeAgain(state: TaskState) throws {
        let (fixture, task, ending) = try claimed()
        try fixture.put("agents/fix_one.md", state, "# Task: One\n- [2026] begun\n")
        try lifecycle(fixture).finish(task, ending)
        #expect(
            try tasks(fixture) == [
                "\(state.rawValue)/fix_one.md": "# Task: One\n- [2026] begun\n", "pending/fix_two.md": "# Task: Two\n",
            ])
    }

    @Test(arguments: TaskState.allCases)
    func anothersTaskOfTheSameNameIsLeftAlone(state: TaskState) throws {
        let (fixture, task, ending) = try claimed()
        try fixture.put("agents/fix_one.md", state, "# Mine\n")
        try lifecycle(fixture).finish(task, ending)
        #expect(
            try tasks(fixture) == [
                "\(state.rawValue)/fix_one.md": "# Mine\n", "pending/fix_one-2.md": "# Task: One\n",
                "pending/fix_two.md": "# Task: Two\n",
            ])
    }

    /// A lifecycle that dies before one of its calls; dying after the one before leaves the same behind.
    private func mortal(_ fixture: DispatcherFixture, _ counter: StepCounter) -> TaskLifecycle {
        let files = InterposedFiles { moment, _ in if moment == .before { try counter.step() } }
        return lifecycle(fixture, files) { try counter.step() }
    }

    @Test func deathAtEveryCall() throws {
        let counter = StepCounter()
        let whole = try claimed()
        try mortal(whole.fixture, counter).finish(whole.task, whole.ending)
        try #require(counter.steps > 30)
        for fatal in 1...counter.steps {
            let (fixture, task, ending) = try claimed()
            _ = try? mortal(fixture, StepCounter(dyingAt: fatal)).finish(task, ending)
            #expect(try responses(fixture).values.allSatisfy { $0 == Self.response }, "death at \(fatal)")
            #expect(try tasks(fixture).allSatisfy { Self.fixes[String($0.key.split(separator: "/")[1])] == $0.value })
            let resumed = try lifecycle(fixture).recover()
            for task in resumed { try lifecycle(fixture).finish(task.record, ending) }
            let label = "death at \(fatal)"
            #expect(try responses(fixture) == ["r.md": Self.response], "\(label)")
            #expect(
                try tasks(fixture) == ["pending/fix_one.md": "# Task: One\n", "pending/fix_two.md": "# Task: Two\n"],
                "\(label)")
            #expect(
                try fixture.tree().filter { $0.contains("r.md") && !$0.contains("responses") } == [
                    "reviews/codex/done/r.md"
                ])
            let text = try fixture.text("reviews/codex/r.md", .completed)
            #expect(text.ranges(of: "] completed: answered").count == 1, "\(label)")
            #expect(text.ranges(of: "## Completion Notes").count == 1, "\(label)")
            #expect(fixture.store.records.map(\.state) == [.completed], "\(label)")
        }
    }

    /// A person puts a new task away before the daemon is back: it is not made again.
    @Test func whatWasMadeBeforeTheDeathAndMovedSinceIsNotMadeAgain() throws {
        let (fixture, task, ending) = try claimed()
        let files = InterposedFiles { moment, verb in
            if moment == .before, verb == "rename", try tasks(fixture).count == 2 { throw Crash() }
        }
        #expect(throws: Crash.self) { try lifecycle(fixture, files).finish(task, ending) }
        try fixture.move("agents/fix_one.md", .pending, .completed)
        #expect(try lifecycle(fixture).recover() == [])
        #expect(Set(try tasks(fixture).keys) == ["completed/fix_one.md", "pending/fix_two.md"])
    }
}
