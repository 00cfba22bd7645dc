// Owns the tests of taking a file up, and of every way in which it may have slipped away.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

struct LifecycleClaimTests {
    private let fixture: LifecycleFixture

    init() throws { fixture = try LifecycleFixture() }

    @Test func aClaimMovesTheFileAndSaysSo() throws {
        try fixture.drop("a.md", "# Task: X\n\ntext")
        let task = try #require(try fixture.claim("a.md"))
        #expect(try fixture.tasks() == ["in_progress/a.md"])
        #expect(
            try fixture.text("in_progress/a.md")
                == "# Task: X\n\ntext\n\n## Status Updates\n\n- [2026-11-21T01:30:00.125Z] started as run a\n")
        #expect(String(decoding: task.bytes, as: UTF8.self) == "# Task: X\n\ntext")
        #expect(task.record.state == .running && task.record.run == "a" && !task.isResumed)
        #expect(fixture.store.records.map(\.state) == [.running])
    }

    @Test func theIntentComesBeforeTheMove() throws {
        try fixture.drop("a.md")
        let (store, fixture) = (fixture.store, fixture)
        let files = InterposedFiles { moment, verb in
            if moment == .before, verb == "rename", try fixture.tasks() == ["pending/a.md"] {
                #expect(store.records.map(\.state) == [.claiming])
            }
        }
        #expect(try fixture.claim("a.md", by: fixture.lifecycle(files)) != nil)
    }

    @Test func whatHasVanishedOrChangedIsLeftToTheNextScan() throws {
        try fixture.drop("a.md")
        let path = fixture.workspace.file(queue: "gpu", .pending, "a.md")
        let seen = try #require(try fixture.files.status(path))
        try fixture.drop("a.md", "# Saved again, longer\n")
        #expect(try fixture.lifecycle().claim(queue: "gpu", name: "a.md", expecting: seen) == nil)
        #expect(try fixture.tasks() == ["pending/a.md"])
        try fixture.files.remove(path)
        #expect(try fixture.lifecycle().claim(queue: "gpu", name: "a.md", expecting: seen) == nil)
        #expect(fixture.store.records.isEmpty, "no intent was stored")
    }

    @Test func aLinkIsNeverFollowed() throws {
        try fixture.folder.write("# Secret\n", to: "outside.md")
        let path = fixture.workspace.file(queue: "gpu", .pending, "a.md")
        try fixture.drop("b.md")
        let regular = try #require(try fixture.files.status(fixture.workspace.file(queue: "gpu", .pending, "b.md")))
        try makeSymbolicLink(path, to: fixture.folder["outside.md"])
        let status = try #require(try fixture.files.status(path))
        #expect(status.kind == .link)
        for seen in [status, regular] {
            #expect(try fixture.lifecycle().claim(queue: "gpu", name: "a.md", expecting: seen) == nil)
        }
        #expect(try fixture.folder.text("outside.md") == "# Secret\n")
        #expect(fixture.store.records.isEmpty)
    }

    @Test func aNameThatIsTakenInProgressIsNotOverwritten() throws {
        try fixture.drop("a.md", "# Mine\n")
        try fixture.folder.write("# Theirs\n", to: "tasks/gpu/in_progress/a.md")
        #expect(try fixture.claim("a.md") == nil)
        #expect(try fixture.text("pending/a.md") == "# Mine\n")
        #expect(try fixture.text("in_progress/a.md") == "# Theirs\n")
        #expect(fixture.store.records.map(\.state) == [.pending], "the intent is void")
        #expect(try fixture.lifecycle().recover() == [])
    }

    @Test func aFileThatIsTakenAwayRightAfterTheMoveIsNoError() throws {
        try fixture.drop("a.md")
        let fixture = fixture
        let files = InterposedFiles { moment, verb in
            if moment == .after, verb == "rename" {
                try fixture.files.removeTree(fixture.workspace.file(queue: "gpu", .inProgress, "a.md"))
            }
        }
        #expect(try fixture.claim("a.md", by: fixture.lifecycle(files)) == nil)
        #expect(fixture.store.records.map(\.state) == [.moved])
    }

    @Test func aTaskAtWorkIsNotClaimedTwice() throws {
        try fixture.drop("a.md")
        #expect(try fixture.claim("a.md") != nil)
        try fixture.drop("a.md", "# Amended\n")
        #expect(try fixture.claim("a.md") == nil)
        #expect(try fixture.text("pending/a.md") == "# Amended\n")
        #expect(fixture.store.records.count == 1)
    }

    @Test func afterBlockedItIsTheSameTaskAndAfterCompletedANewOne() throws {
        for (cause, run) in [(Cause.obstructed, "a"), (.interrupted, "a"), (.succeeded, "a"), (.obstructed, "a-2")] {
            try fixture.drop("a.md")
            let task = try #require(try fixture.claim("a.md"))
            #expect(task.record.run == run)
            try fixture.lifecycle().finish(task.record, fixture.ending(cause))
            for name in try fixture.tasks() where name.hasPrefix("blocked/") {
                try fixture.files.remove(fixture.folder["tasks/gpu/\(name)"])
            }
        }
        #expect(fixture.store.records.map(\.run) == ["a", "a-2"])
    }

    @Test func anAmendmentIsKeptUnderANumber() throws {
        for (number, text) in [(1, "# One\n"), (2, "# Two\n")] {
            try fixture.drop("a.md", text)
            let kept = try fixture.lifecycle().setAsideAmendment(queue: "gpu", name: "a.md")
            #expect(kept == fixture.workspace.file(queue: "gpu", .blocked, "a.amended-\(number).md"))
            #expect(try fixture.text("blocked/a.amended-\(number).md") == text)
        }
        #expect(try fixture.lifecycle().setAsideAmendment(queue: "gpu", name: "a.md") == nil, "gone again")
    }
}
