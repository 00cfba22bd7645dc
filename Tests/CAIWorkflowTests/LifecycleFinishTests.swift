// Owns the tests of a task's end: what is written, where it goes, and what the roadmap gets.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

struct LifecycleFinishTests {
    private let fixture: LifecycleFixture
    private let task: TaskRecord

    init() throws {
        fixture = try LifecycleFixture()
        try fixture.drop("a.md", "# Task: X\n\n- [ ] a box\n")
        task = try #require(try fixture.claim("a.md")).record
    }

    private let roadmap = "# Roadmap\n\n## Baseline 📋 TODO\n\n- [ ] Run it\n- [ ] Read it\n"

    @Test func aSuccessLeavesItsLineAndItsNotes() throws {
        let path = try fixture.lifecycle().finish(task, fixture.ending(.succeeded, notes: "- Result: 7\n- Cost: $0.00"))
        #expect(path == fixture.workspace.file(queue: "gpu", .completed, "a.md"))
        #expect(try fixture.tasks() == ["completed/a.md"])
        #expect(
            try fixture.text("completed/a.md") == """
                # Task: X

                - [ ] a box

                ## Status Updates

                - [2026-11-21T01:30:00.125Z] started as run a
                - [2026-11-21T01:31:00.125Z] completed: done: 7 of 9

                ## Completion Notes

                - Result: 7
                - Cost: $0.00

                """)
        #expect(fixture.store.records.map(\.state) == [.completed])
    }

    @Test(arguments: [(Cause.obstructed, "blocked"), (.interrupted, "pending"), (.dropped, "cancelled")])
    func everyOtherEndLeavesItsLine(cause: Cause, state: String) throws {
        try fixture.lifecycle().finish(task, fixture.ending(cause, "because\nof this"))
        #expect(try fixture.tasks() == ["\(state)/a.md"])
        let text = try fixture.text("\(state)/a.md")
        #expect(text.hasSuffix("- [2026-11-21T01:31:00.125Z] \(state): because of this\n"))
        #expect(!text.contains("Completion Notes"))
        #expect(fixture.store.records.map(\.state.rawValue) == [state])
    }

    @Test(arguments: [Cause.claimed, .released])
    func aCauseThatEndsNothingIsRefusedBeforeAnythingIsStored(cause: Cause) throws {
        #expect(throws: Errno.invalidArgument) { try fixture.lifecycle().finish(task, fixture.ending(cause)) }
        #expect(fixture.store.records.map(\.state) == [.running])
        #expect(try fixture.tasks() == ["in_progress/a.md"])
    }

    @Test func anOccupiedDestinationGetsANumber() throws {
        try fixture.folder.write("# An older one\n", to: "tasks/gpu/completed/a.md")
        let path = try fixture.lifecycle().finish(task, fixture.ending(.succeeded))
        #expect(path?.lastComponent == "a-2.md")
        #expect(try fixture.tasks() == ["completed/a-2.md", "completed/a.md"])
        #expect(try fixture.text("completed/a.md") == "# An older one\n")
    }

    @Test func aNameTakenAtTheLastMomentGetsAnotherNumber() throws {
        let fixture = fixture
        let files = InterposedFiles { moment, verb in
            if moment == .before, verb == "rename", try fixture.text("in_progress/a.md").contains("completed:"),
                !(try fixture.tasks().contains("completed/a.md"))
            {
                try fixture.folder.write("# Quicker\n", to: "tasks/gpu/completed/a.md")
            }
        }
        try fixture.lifecycle(files).finish(task, fixture.ending(.succeeded))
        #expect(try fixture.tasks() == ["completed/a-2.md", "completed/a.md"])
        #expect(try fixture.text("completed/a.md") == "# Quicker\n")
    }

    @Test func theRoadmapIsTickedOnceTheFileHasArrived() throws {
        try fixture.folder.write(roadmap, to: "ROADMAP.md")
        try fixture.lifecycle().finish(task, fixture.ending(.succeeded, roadmap: ["Baseline / Run it"]))
        let text = try fixture.folder.text("ROADMAP.md")
        #expect(text.contains("- [x] Run it\n- [ ] Read it\n"))
        #expect(text.contains("## Baseline ⏳ DOING"))
        #expect(fixture.store.events.contains { $0.hasPrefix("roadmap: ticked") })
    }

    @Test func onlyASuccessTicks() throws {
        try fixture.folder.write(roadmap, to: "ROADMAP.md")
        try fixture.lifecycle().finish(task, fixture.ending(.obstructed, roadmap: ["Baseline / Run it"]))
        #expect(try fixture.folder.text("ROADMAP.md") == roadmap)
    }

    @Test func whatCannotBeTickedIsToldAndStopsNothing() throws {
        try fixture.folder.write(roadmap, to: "ROADMAP.md")
        try fixture.lifecycle().finish(task, fixture.ending(.succeeded, roadmap: ["Baseline / Fly"]))
        #expect(try fixture.folder.text("ROADMAP.md") == roadmap)
        #expect(fixture.store.events.contains { $0.hasPrefix("roadmap: ") && $0.contains("Fly") })
        #expect(fixture.store.records.map(\.state) == [.completed])
    }

    @Test func withoutARoadmapThatIsRemarked() throws {
        try fixture.lifecycle().finish(task, fixture.ending(.succeeded, roadmap: ["Baseline / Run it"]))
        #expect(fixture.store.events.contains("there is no ROADMAP.md to tick in"))
        #expect(fixture.store.records.map(\.state) == [.completed])
    }

    @Test(arguments: [true, false])
    func aRoadmapThatIsNoReadableFileStopsNothing(isLink: Bool) throws {
        try fixture.folder.write(roadmap, to: "elsewhere.md")
        if isLink {
            try makeSymbolicLink(fixture.workspace.roadmap, to: fixture.folder["elsewhere.md"])
        } else {
            try fixture.files.writeNew(fixture.workspace.roadmap, bytes: [UInt8](repeating: 0x0A, count: 17 << 20))
        }
        try fixture.lifecycle().finish(task, fixture.ending(.succeeded, roadmap: ["Baseline / Run it"]))
        #expect(try fixture.tasks() == ["completed/a.md"])
        #expect(try fixture.folder.text("elsewhere.md") == roadmap)
        #expect(fixture.store.events.contains { $0.contains("roadmap") || $0.contains("ROADMAP") })
    }

    @Test func aFileThatAPersonTookStaysWhereItIs() throws {
        try fixture.files.move(
            fixture.workspace.file(queue: "gpu", .inProgress, "a.md"), to: fixture.folder["tasks/gpu/mine.md"])
        try fixture.folder.write(roadmap, to: "ROADMAP.md")
        #expect(try fixture.lifecycle().finish(task, fixture.ending(.succeeded, roadmap: ["Baseline / Run it"])) == nil)
        #expect(try fixture.tasks() == ["mine.md"])
        #expect(!(try fixture.text("mine.md").contains("completed")))
        #expect(try fixture.folder.text("ROADMAP.md") == roadmap)
        #expect(fixture.store.records.map(\.state) == [.moved])
    }

    /// An older task of that name in `completed/` is not taken for this one.
    @Test func aTwinIsNotMistakenForTheFileThatWasTaken() throws {
        try fixture.folder.write("# An older one\n", to: "tasks/gpu/completed/a.md")
        try fixture.files.remove(fixture.workspace.file(queue: "gpu", .inProgress, "a.md"))
        #expect(try fixture.lifecycle().finish(task, fixture.ending(.succeeded)) == nil)
        #expect(fixture.store.records.map(\.state) == [.moved])
    }

    /// Interrupted while a saved-again text waits in `pending/`: the task keeps its name and run, the text is kept aside.
    @Test func anAmendmentDoesNotTakeTheNameOfAnInterruptedTask() throws {
        try fixture.drop("a.md", "# Amended\n")
        try fixture.lifecycle().finish(task, fixture.ending(.interrupted, "stopped"))
        #expect(try fixture.tasks() == ["blocked/a.amended-1.md", "pending/a.md"])
        #expect(try fixture.text("blocked/a.amended-1.md") == "# Amended\n")
        #expect(try #require(try fixture.claim("a.md")).record.run == "a")
    }

    @Test func aSaveWhileTheEndIsWrittenIsKept() throws {
        let fixture = fixture
        let files = InterposedFiles { moment, verb in
            let path = fixture.workspace.file(queue: "gpu", .inProgress, "a.md")
            if moment == .before, verb == "rename", try fixture.files.status(path) != nil,
                !(try fixture.text("in_progress/a.md").contains("by hand"))
            {
                let text = try fixture.text("in_progress/a.md").replacing("- [ ] a box", with: "- [x] by hand")
                try fixture.files.writeAtomically(path, bytes: Array(text.utf8))
            }
        }
        try fixture.lifecycle(files).finish(task, fixture.ending(.succeeded))
        let text = try fixture.text("completed/a.md")
        #expect(text.contains("- [x] by hand") && text.contains("completed: done: 7 of 9"))
    }
}
