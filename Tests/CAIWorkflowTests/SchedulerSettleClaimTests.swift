// Owns the tests of what is claimed, and when, while somebody still writes it or somebody sets the clock.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

struct SchedulerSettleClaimTests {
    private let fixture: DispatcherFixture

    init() throws { fixture = try DispatcherFixture() }

    private func turn(arrived: Set<String> = []) throws -> Turn { try fixture.dispatcher.turn(arrived: arrived) }

    @Test(arguments: [-18_000.0, 18_000])
    func settingTheClockNeitherHastensNorDelays(difference: Double) throws {
        try fixture.drop("gpu/a.md")
        #expect(try turn().claimed.isEmpty)
        fixture.clock.set(by: difference)
        let looked = try turn()
        #expect(looked.claimed.isEmpty)
        #expect(fixture.dispatcher.nextTurn(after: looked.board, atMost: 30) == 2)
        fixture.clock.advance(2)
        #expect(try fixture.claimed(turn()) == ["gpu/a.md"])
        // Nor does it make a save of the claimed file, by renaming it away, look like a person who takes it.
        try fixture.files.move(fixture.path("gpu/a.md", .inProgress), to: fixture.folder["a.md~"])
        #expect(try turn().vanished.isEmpty)
        fixture.clock.set(by: difference)
        #expect(try turn().vanished.isEmpty)
        fixture.clock.advance(2)
        #expect(try turn().vanished.map(\.name) == ["a.md"])
    }

    /// Renamed into place by a program that goes on writing.
    @Test func whatIsOpenForWritingIsNotClaimedAndHoldsNobodyUp() throws {
        try fixture.drop("gpu/P0_a.md")
        let writer = try FileDescriptor.open(fixture.path("gpu/P0_a.md", .pending), .writeOnly, options: [.append])
        try fixture.drop("gpu/P1_b.md")
        let first = try turn(arrived: ["gpu/P0_a.md", "gpu/P1_b.md"])
        #expect(first.claimed.isEmpty && first.hasActed, "so that the next turn is due at once")
        let next = try turn()
        #expect(fixture.claimed(next) == ["gpu/P1_b.md"])
        #expect(next.board.selection.waiting["gpu/P0_a.md"] == .settling)
        let running = try #require(next.claimed.first)
        _ = try fixture.dispatcher.finish(running, .completed(summary: "done", notes: ""))
        for _ in 0..<5 {
            fixture.clock.advance(2)
            #expect(try turn().claimed.isEmpty)
        }
        try writer.writeAll(Array("the rest\n".utf8))
        try writer.close()
        #expect(try turn().claimed.isEmpty, "it has only just been written")
        fixture.clock.advance(2)
        let claimed = try turn().claimed
        #expect(claimed.map { String(decoding: $0.bytes, as: UTF8.self) } == ["# Task: X\nthe rest\n"])
    }

    /// Opened by an editor after the last look and before the move: seen after the move, when nobody else can come.
    @Test(arguments: [true, false])
    func whatIsOpenedJustBeforeTheMoveGoesBack(isSavedAnew: Bool) throws {
        try fixture.drop("gpu/a.md")
        let path = fixture.path("gpu/a.md", .pending)
        let seen = try #require(try fixture.files.status(path))
        let writer = try FileDescriptor.open(path, .writeOnly, options: [.append])
        let files = InterposedFiles { moment, verb in
            // The editor's second save, which finds no file of that name any more.
            guard isSavedAnew, moment == .after, verb == "rename" else { return }
            if try RealFiles().status(path) == nil {
                try RealFiles().writeAtomically(path, bytes: Array("anew\n".utf8))
            }
        }
        let lifecycle = TaskLifecycle(
            workspace: fixture.workspace, store: fixture.store, files: files, clock: fixture.clock)
        let claimed = try lifecycle.claim(queue: "gpu", name: "a.md", expecting: seen)
        try writer.close()
        if isSavedAnew {
            #expect(claimed != nil, "the text that came later is an amendment of this one")
            #expect(try fixture.text("gpu/a.md", .pending) == "anew\n")
        } else {
            #expect(claimed == nil)
            #expect(try fixture.tree() == ["tasks/gpu/pending/a.md"])
            #expect(try fixture.text("gpu/a.md", .pending) == "# Task: X\n")
            #expect(try fixture.store.unfinished().isEmpty)
        }
    }

    @Test func whatWasSavedJustBeforeTheEndIsAnAmendment() throws {
        try fixture.drop("gpu/a.md")
        let task = try fixture.claim("gpu/a.md")
        try fixture.drop("gpu/a.md", body: "# Task: X, amended\n")
        #expect(try turn().amended.isEmpty, "not settled yet")
        _ = try fixture.dispatcher.finish(task, .completed(summary: "done", notes: ""))
        #expect(try fixture.text("gpu/a.amended-1.md", .blocked) == "# Task: X, amended\n")
        #expect(try fixture.turn().claimed.isEmpty)
        #expect(try fixture.tree() == ["tasks/gpu/blocked/a.amended-1.md", "tasks/gpu/completed/a.md"])
    }
}
