// Owns the crash sweep: the daemon dies before and after every single call of claim and finish, a new one recovers, and
// nothing is lost, doubled or in two places. Recovery is killed as well.
// A naive control proves that the harness can fail.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

struct LifecycleCrashTests {
    private static let text = "# Task: X\r\n\r\nA person's words \u{1F600}\r\n- [ ] a box"
    private static let roadmap = "# Roadmap\n\n## Baseline 📋 TODO\n\n- [ ] Run it\n- [ ] Read it\n"

    /// One daemon's day: take up what is there, claim what is pending, finish everything. Says whether it got to the end.
    private func live(_ fixture: LifecycleFixture, _ counter: StepCounter, _ cause: Cause) -> Bool {
        let files = InterposedFiles { _, _ in try counter.step() }
        let lifecycle = fixture.lifecycle(files) { try counter.step() }
        do {
            var tasks = try lifecycle.recover()
            if tasks.isEmpty, fixture.store.records.allSatisfy({ $0.state == .pending && $0.ending == nil }) {
                let path = fixture.workspace.file(queue: "gpu", .pending, "a.md")
                if let seen = try files.status(path),
                    let task = try lifecycle.claim(queue: "gpu", name: "a.md", expecting: seen)
                {
                    tasks.append(task)
                }
            }
            for task in tasks {
                try lifecycle.finish(
                    task.record, fixture.ending(cause, notes: "- Result: 7", roadmap: ["Baseline / Run it"]))
            }
            return true
        } catch { return false }
    }

    private func fixture(twin: Bool) throws -> LifecycleFixture {
        let fixture = try LifecycleFixture()
        try fixture.drop("a.md", Self.text)
        try fixture.folder.write(Self.roadmap, to: "ROADMAP.md")
        if twin {
            for state in ["completed", "blocked"] {
                try fixture.folder.write("# Older\n", to: "tasks/gpu/\(state)/a.md")
            }
        }
        return fixture
    }

    /// What must hold whenever a daemon has died: one file of the task, with the person's text at its head.
    private func checkBetween(_ fixture: LifecycleFixture, _ twin: Bool, _ label: String) throws {
        let tasks = try fixture.tasks().filter { try fixture.text($0) != "# Older\n" }
        #expect(tasks.count == 1, "\(label): \(tasks)")
        for task in tasks { #expect(try fixture.text(task).hasPrefix(Self.text), "\(label)") }
        if twin { #expect(try fixture.tasks().count == 3, "\(label)") }
    }

    private func checkEnd(_ fixture: LifecycleFixture, _ cause: Cause, _ twin: Bool, _ label: String) throws {
        let state = try #require(Transition.target(from: .inProgress, on: cause)).rawValue
        let name = twin && cause != .interrupted ? "\(state)/a-2.md" : "\(state)/a.md"
        #expect(try fixture.tasks().filter { try fixture.text($0) != "# Older\n" } == [name], "\(label)")
        let text = try fixture.text(name)
        #expect(occurrences("] started as run a\r\n", in: text) == 1, "\(label): \(text)")
        #expect(occurrences("] \(state): done: 7 of 9", in: text) == 1, "\(label): \(text)")
        #expect(occurrences("## Status Updates", in: text) == 1, "\(label)")
        #expect(occurrences("## Completion Notes", in: text) == 1, "\(label)")
        #expect(fixture.store.records.map(\.state.rawValue) == [state], "\(label)")
        let roadmap = try fixture.folder.text("ROADMAP.md")
        #expect(roadmap.contains("- [x] Run it") == (cause == .succeeded), "\(label)")
        #expect(roadmap.contains("- [ ] Read it"), "\(label)")
        #expect(try fixture.lifecycle().recover() == [], "\(label): nothing is left to do")
    }

    private func occurrences(_ word: String, in text: String) -> Int { text.ranges(of: word).count }

    @Test(arguments: [(Cause.succeeded, false), (.succeeded, true), (.obstructed, true), (.interrupted, false)])
    func deathAtEveryCall(cause: Cause, twin: Bool) throws {
        let counter = StepCounter()
        let whole = try fixture(twin: twin)
        #expect(live(whole, counter, cause))
        try checkEnd(whole, cause, twin, "no crash")
        try #require(counter.steps > 40)
        for fatal in 1...counter.steps {
            let fixture = try fixture(twin: twin)
            _ = live(fixture, StepCounter(dyingAt: fatal), cause)
            try checkBetween(fixture, twin, "death at \(fatal)")
            #expect(live(fixture, StepCounter(), cause), "life after \(fatal)")
            try checkEnd(fixture, cause, twin, "death at \(fatal)")
        }
    }

    /// The recovery dies as well, at every one of its calls.
    @Test func deathDuringRecovery() throws {
        let counter = StepCounter()
        _ = live(try fixture(twin: false), counter, .succeeded)
        for first in stride(from: 1, through: counter.steps, by: 13) {
            for second in stride(from: 1, through: counter.steps, by: 11) {
                let fixture = try fixture(twin: false)
                _ = live(fixture, StepCounter(dyingAt: first), .succeeded)
                if live(fixture, StepCounter(dyingAt: second), .succeeded) { break }
                try checkBetween(fixture, false, "deaths at \(first), \(second)")
                #expect(live(fixture, StepCounter(), .succeeded))
                try checkEnd(fixture, .succeeded, false, "deaths at \(first), \(second)")
            }
        }
    }

    /// The control: copy, append in place, unlink. The same checks find it out.
    @Test func theHarnessCatchesANaiveMove() throws {
        var caught = 0
        for fatal in 1...8 {
            let fixture = try fixture(twin: false)
            let counter = StepCounter(dyingAt: fatal)
            let files = InterposedFiles { _, _ in try counter.step() }
            let from = fixture.workspace.file(queue: "gpu", .pending, "a.md")
            let to = fixture.workspace.file(queue: "gpu", .inProgress, "a.md")
            try fixture.files.makeDirectories(to.removingLastComponent())
            do {
                try files.writeNew(to, bytes: try files.read(from))
                try files.remove(from)
            } catch {}
            if try fixture.tasks().count != 1 { caught += 1 }
        }
        #expect(caught > 0)
    }

    /// A person saves the file by renaming while the claim is only half recorded.
    @Test func aSaveAfterACrashedClaimDoesNotOrphanTheFile() throws {
        let fixture = try fixture(twin: false)
        let record = try fixture.store.claiming(
            queue: "gpu", name: "a.md", inode: 1, sha256: "", again: nil, at: fixture.clock.now())
        try fixture.files.makeDirectories(fixture.workspace.folder(queue: "gpu", .inProgress))
        try fixture.files.move(
            fixture.workspace.file(queue: "gpu", .pending, "a.md"),
            to: fixture.workspace.file(queue: "gpu", .inProgress, "a.md"))
        let tasks = try fixture.lifecycle().recover()
        #expect(tasks.map(\.record.id) == [record.id])
        #expect(tasks.first?.isResumed == true)
        #expect(fixture.store.records.map(\.state) == [.running])
    }

    @Test func aTaskThatAPersonTookOutIsNotResumed() throws {
        let fixture = try fixture(twin: false)
        _ = try fixture.claim("a.md")
        let path = fixture.workspace.file(queue: "gpu", .inProgress, "a.md")
        try fixture.files.remove(path)
        try makeSymbolicLink(path, to: fixture.workspace.roadmap)
        #expect(try fixture.lifecycle().recover() == [])
        #expect(fixture.store.records.map(\.state) == [.moved])
        #expect(try fixture.folder.text("ROADMAP.md") == Self.roadmap)
    }

    @Test func runningTasksComeBackOldestFirst() throws {
        let fixture = try LifecycleFixture()
        for name in ["b.md", "a.md", "c.md"] {
            try fixture.drop(name)
            _ = try fixture.claim(name)
        }
        let tasks = try fixture.lifecycle().recover()
        #expect(tasks.map(\.record.name) == ["b.md", "a.md", "c.md"])
        #expect(tasks.allSatisfy { $0.isResumed && $0.record.state == .running })
    }
}
