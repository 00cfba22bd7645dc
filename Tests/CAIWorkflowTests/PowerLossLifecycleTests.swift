// Owns the proof that no power loss loses, doubles or misplaces a task: every verb of the lifecycle, every step, every
// state of the disk, and the recovery under the same.
// Two naive daemons show that the sweep can fail.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

struct PowerLossLifecycleTests {
    /// One way for a task to end.
    struct Scenario: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var cause: Cause
        var state: String
        /// A file of the same name lies in the last folder already.
        var isTaken = false
        /// A person saves the file again while it is at work.
        var isAmended = false
        /// Files that come with the ending.
        var files: [NewFile]?

        static let all = [
            Scenario(testDescription: "completed", cause: .succeeded, state: "completed"),
            Scenario(
                testDescription: "completed beside a namesake", cause: .succeeded, state: "completed", isTaken: true),
            Scenario(testDescription: "blocked", cause: .obstructed, state: "blocked"),
            Scenario(testDescription: "back to pending", cause: .interrupted, state: "pending"),
            Scenario(
                testDescription: "back to pending, amended", cause: .interrupted, state: "pending", isAmended: true),
            Scenario(
                testDescription: "completed with a response and a new task", cause: .succeeded, state: "completed",
                files: [
                    NewFile(.response, owner: "codex", name: "a.md", contents: Array("# Response\n".utf8)),
                    NewFile(.task, owner: "agents", name: "fix.md", contents: Array("# Fix\n".utf8)),
                ]),
        ]
    }

    private static let workspace = Workspace(root: "/w")
    private static let text = "# Task: X\r\n\r\nA person's words \u{1F600}\r\n- [ ] a box"
    private static let amended = "# Task: X, amended\n"
    /// What the journal holds once the amendment is durable.
    private static let saved = "saved again"
    private static let older = "# Older\n"
    private static let roadmap = "# Roadmap\n\n## Baseline 📋 TODO\n\n- [ ] Run it\n- [ ] Read it\n"

    private func world(_ scenario: Scenario, _ renames: RenameDurability) throws -> PowerLossWorld {
        let files = PowerLossFiles(clock: FixedClock(), renames: renames)
        func write(_ text: String, _ path: FilePath) throws {
            try files.makeDirectories(path.removingLastComponent())
            try files.writeNew(path, bytes: Array(text.utf8))
        }
        try write(Self.text, Self.workspace.file(queue: "gpu", .pending, "a.md"))
        try write(Self.roadmap, Self.workspace.roadmap)
        if scenario.isTaken { try write(Self.older, FilePath("/w/tasks/gpu/\(scenario.state)/a.md")) }
        files.syncAll()
        return PowerLossWorld(files: files)
    }

    /// One daemon's day: take up what is there, claim what was never claimed, finish everything.
    private func life(_ scenario: Scenario) -> (WatchedWorld) throws -> Void {
        { world in
            let lifecycle = TaskLifecycle(
                workspace: Self.workspace, store: world.store, files: world.files, clock: world.clock)
            let pending = Self.workspace.file(queue: "gpu", .pending, "a.md")
            var tasks = try lifecycle.recover()
            if world.store.records.allSatisfy({ $0.state == .pending && $0.ending == nil }),
                let seen = try world.files.status(pending),
                let task = try lifecycle.claim(queue: "gpu", name: "a.md", expecting: seen)
            {
                tasks.append(task)
                if scenario.isAmended {
                    try world.files.overwrite(pending, Array(Self.amended.utf8))
                    try world.files.syncFile(pending)
                    try world.files.syncDirectory(pending.removingLastComponent())
                    try world.store.remark("person", Self.saved, at: world.clock.now())
                }
            }
            for task in tasks {
                // What the scheduler does with a file of that name, once it has settled: before an end, or after it.
                if !scenario.isAmended, try world.files.status(pending) != nil {
                    _ = try lifecycle.setAsideAmendment(queue: "gpu", name: "a.md")
                }
                try lifecycle.finish(
                    task.record,
                    TaskEnding(
                        cause: scenario.cause, at: world.clock.now() + 60, summary: "done: 7 of 9",
                        notes: "- Result: 7", roadmap: ["Baseline / Run it"], files: scenario.files))
            }
        }
    }

    private func faults(_ scenario: Scenario) -> (PowerLossView, Bool) -> [String] {
        { world, isAtRest in
            var faults: [String] = []
            func expect(_ holds: Bool, _ message: @autoclosure () -> String) { if !holds { faults.append(message()) } }
            let tasks = world.texts(below: "/w/tasks/gpu")
            let ours = tasks.filter { $0.text.hasPrefix(Self.text) }
            let names = tasks.map(\.name)
            let isSeparate = world.renames == .separate
            expect(
                ours.count == 1 || isSeparate && !isAtRest && ours.count == 2,
                "the task lies at \(ours.map(\.name)) of \(names)")
            let roadmap = world.texts["/w/ROADMAP.md"] ?? ""
            expect(roadmap.contains("- [ ] Read it"), "the roadmap lost a line: \(roadmap)")
            expect(!roadmap.contains("- [x] Run it") || scenario.cause == .succeeded, "ticked without a success")
            if scenario.isTaken { expect(tasks.count { $0.text == Self.older } == 1, "the namesake is lost: \(names)") }
            guard isAtRest, let task = ours.first else { return faults }

            let expected = "\(scenario.state)/a\(scenario.isTaken ? "-2" : "").md"
            expect(task.name == expected, "the task ended as \(task.name)")
            for words in ["] started as run a\r\n", "] \(scenario.state): done: 7 of 9", "## Status Updates"] {
                expect(task.text.ranges(of: words).count == 1, "'\(words)' not once in \(task.text)")
            }
            expect(task.text.ranges(of: "## Completion Notes").count == 1, "notes not once")
            expect(roadmap.contains("- [x] Run it") == (scenario.cause == .succeeded), "roadmap: \(roadmap)")
            expect(world.records.map(\.state.rawValue) == [scenario.state], "the journal says \(world.records)")
            let amendments = tasks.filter { $0.text.hasPrefix(Self.amended) }.map(\.name)
            let isSaved = world.events.contains(Self.saved)
            expect(amendments.count == 1 || amendments.isEmpty && !isSaved, "the amended text lies at \(amendments)")
            for file in scenario.files ?? [] {
                let folder = file.kind == .task ? "/w/tasks" : "/w/reviews"
                let text = String(decoding: file.contents, as: UTF8.self)
                let copies = world.texts(below: folder).filter { $0.text == text && !$0.name.hasSuffix(".tmp") }
                expect(copies.count == 1, "\(file.name) lies at \(copies.map(\.name))")
            }
            let strays = world.texts(below: "/w/tasks").map(\.name).filter { $0.hasSuffix(".tmp") }
            expect(strays.isEmpty, "left behind: \(strays)")
            return faults
        }
    }

    @Test(arguments: Scenario.all, RenameDurability.allCases)
    func noPowerLossMatters(scenario: Scenario, renames: RenameDurability) throws {
        let sweep = PowerLossSweep(life: life(scenario), faults: faults(scenario))
        let result = try sweep.run(from: try world(scenario, renames))
        if !result.faults.isEmpty { Issue.record("\(result.summary)") }
        #expect(result.losses > 10 && result.lossesInRecovery > 50)
        try result.note("power loss: \(scenario.testDescription) (\(renames) renames)")
    }

    /// The first control: the same lifecycle on a disk whose folders are never synced.
    @Test func aLifecycleThatSyncsNoFolderIsCaught() throws {
        let scenario = Scenario.all[0]
        let sweep = PowerLossSweep(
            life: { world in
                var careless = world
                careless.files.syncsFolders = false
                try life(scenario)(careless)
            }, faults: faults(scenario))
        let result = try sweep.run(from: try world(scenario, .atomic))
        #expect(result.faults.count > 10)
        try result.note("power loss control: no folder is synced")
    }

    /// The second: a daemon that copies and removes, writes in place, and trusts the journal.
    @Test func aNaiveDaemonIsCaught() throws {
        let scenario = Scenario.all[0]
        func move(_ from: TaskState, _ to: TaskState, adding line: String, in world: WatchedWorld) throws {
            let from = Self.workspace.file(queue: "gpu", from, "a.md")
            let to = Self.workspace.file(queue: "gpu", to, "a.md")
            let bytes = try world.files.read(from)
            try world.files.makeDirectories(to.removingLastComponent())
            try world.files.overwrite(to, bytes)
            try world.files.overwrite(to, bytes + Array("\r\n- [now] \(line)\r\n".utf8))
            try world.files.remove(from)
        }
        let sweep = PowerLossSweep(
            life: { world in
                if world.store.records.isEmpty {
                    let record = try world.store.claiming(
                        queue: "gpu", name: "a.md", inode: 0, sha256: "", again: nil, at: world.clock.now())
                    try move(.pending, .inProgress, adding: "started as run a", in: world)
                    try world.store.set(record, .running, ending: nil, event: "", at: world.clock.now())
                }
                for record in try world.store.unfinished() {
                    try move(.inProgress, .completed, adding: "completed: done: 7 of 9", in: world)
                    try world.store.set(record, .completed, ending: nil, event: "", at: world.clock.now())
                }
            }, faults: faults(scenario))
        let result = try sweep.run(from: try world(scenario, .atomic))
        for fault in [
            "the task lies at []", "the task lies at [\"completed/a.md\", \"in_progress/a.md\"]", "notes not once",
        ] {
            #expect(result.faults.contains { $0.contains(fault) }, "\(fault)")
        }
        try result.note("power loss control: copy, write in place, remove")
    }
}
