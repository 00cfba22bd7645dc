// Owns the tests of editing beside a person, one interleaving at a time: a save before and after every single call.
// SharedDocumentRaceTests.swift lets real threads race.

import CAISystem
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport
import Testing

struct SharedDocumentTests {
    private let files = RealFiles()
    private let folder: TemporaryFolder
    private let clock = FixedClock()

    init() throws { folder = try TemporaryFolder() }

    private func document(_ files: any FileOperations = RealFiles()) -> SharedDocument {
        SharedDocument(files: files, displaced: folder["own/displaced"], clock: clock)
    }

    private func displaced() throws -> [String] { try files.list(folder["own/displaced"]) }

    @Test func anEditStandsAndTheSecondTimeNothingChanges() throws {
        let path = try folder.write("text\n", to: "t.md")
        try files.setPermissions(path, FilePermissions(rawValue: 0o664))
        #expect(try document().update(path, edit: appending("line")))
        #expect(try folder.text("t.md") == "text\nline\n")
        #expect(try files.status(path)?.mode == 0o664)
        let status = try files.status(path)
        #expect(try !document().update(path, edit: appending("line")))
        #expect(try files.status(path) == status)
    }

    @Test func onlyARegularFileIsEdited() throws {
        let target = try folder.write("text\n", to: "target")
        try makeSymbolicLink(folder["link"], to: target)
        for name in ["link", "none", "."] {
            #expect(throws: Errno.noSuchFileOrDirectory) {
                try document().update(folder[name], edit: appending("line"))
            }
        }
        #expect(try folder.text("target") == "text\n")
    }

    @Test func aThrowingEditChangesNothing() throws {
        let path = try folder.write("text\n", to: "t.md")
        #expect(throws: Crash.self) { try document().update(path) { _ in throw Crash() } }
        #expect(try folder.text("t.md") == "text\n")
        #expect(try folder.names() == ["t.md"])
    }

    /// A person saves at one or two moments, or at every one of the first ten, by renaming or in place: always the last
    /// save and our line stand in the file.
    @Test(arguments: [true, false])
    func aSaveAtAnyMomentIsKept(byRename: Bool) throws {
        let counter = StepCounter()
        let counting = InterposedFiles { _, _ in try counter.step() }
        try document(counting).update(try folder.write("text\n", to: "t.md"), edit: appending("line"))
        try #require(counter.steps > 10)
        var moments: [Set<Int>] = (1...counter.steps).map { [$0] }
        for first in 1...counter.steps { moments += [1, 2, 5].map { [first, first + $0] } }
        moments.append(Set(1...10))
        for saves in moments {
            clock.advance(20)
            let path = try folder.write("text\n", to: "t.md")
            let person = Person(path, saves: saves, byRename: byRename)
            try document(InterposedFiles { _, _ in try person.step() }).update(path, edit: appending("line"))
            // A save after the very last exchange may have overwritten our line; the next update brings it back.
            try document().update(path, edit: appending("line"))
            let text = try folder.text("t.md")
            #expect(text.hasPrefix(person.text), "saves at \(saves.sorted()): \(text)")
            #expect(text == person.text + "line\n")
        }
    }

    /// An editor has emptied the file and not yet written it: we read nothing, and nothing is what we displace. Only the
    /// end of the editor's writing tells what it saved.
    @Test func aSaveThatIsHalfwayIsWaitedFor() throws {
        let path = try folder.write("text\n", to: "t.md")
        let editor = try FileDescriptor.open(path, .writeOnly, options: [.truncate])
        let isOpen = Mutex(true)
        // The editor goes on right after it was seen to be writing.
        let files = InterposedFiles { moment, verb in
            guard moment == .after, verb == "isBeingWritten" else { return }
            try isOpen.withLock { isOpen in
                if isOpen { _ = try editor.closeAfter { try editor.writeAll(Array("text\nsaved\n".utf8)) } }
                isOpen = false
            }
        }
        try document(files).update(path, edit: appending("line"))
        #expect(try folder.text("t.md") == "text\nsaved\nline\n")
    }

    /// The control: compare and rename, without looking at what was replaced, is caught by the same harness.
    @Test func theHarnessCatchesABlindRename() throws {
        var lost = 0
        for moment in 1...12 {
            let path = try folder.write("text\n", to: "t.md")
            let person = Person(path, saves: [moment], byRename: true)
            let files = InterposedFiles { _, _ in try person.step() }
            let old = try files.read(path)
            if try files.read(path) == old { try files.writeAtomically(path, bytes: appending("line")(old)) }
            if try !folder.text("t.md").hasPrefix(person.text) { lost += 1 }
        }
        #expect(lost > 0)
    }

    /// Whichever call fails, and whenever a save comes: the person's newest text stands in the document afterwards.
    @Test func aFailureNeverHidesASave() throws {
        for failing in 1...12 {
            for save in 1...16 {
                clock.advance(20)
                let path = try folder.write("text\n", to: "t.md")
                let person = Person(path, saves: [save], byRename: true)
                let counter = Mutex(0)
                let files = InterposedFiles { moment, _ in
                    try person.step()
                    guard moment == .before else { return }
                    let now = counter.withLock { count in
                        count += 1
                        return count
                    }
                    if now == failing { throw Errno.noSpace }
                }
                _ = try? document(files).update(path, edit: appending("line"))
                let text = try folder.text("t.md")
                #expect(text.hasPrefix(person.text), "failing at \(failing), saved at \(save): \(text)")
            }
        }
    }

    @Test func aHundredSavesInARowAreGivenUpWithTheNewestInPlace() throws {
        let path = try folder.write("text\n", to: "t.md")
        let person = Person(path, saves: Set(stride(from: 1, to: 10_000, by: 9)), byRename: true)
        #expect(throws: Errno.resourceTemporarilyUnavailable) {
            try document(InterposedFiles { _, _ in try person.step() }).update(path, edit: appending("line"))
        }
        #expect(try folder.text("t.md").hasPrefix(person.text))
    }

    @Test func whatWasDisplacedIsSweptOnceItIsOldAndKnown() throws {
        let path = try folder.write("text\n", to: "t.md")
        try document().update(path, edit: appending("one"))
        #expect(try displaced().count == 1)
        #expect(try document().sweep() == [])
        #expect(try displaced().count == 1)
        clock.advance(11)
        #expect(try document().sweep() == [])
        #expect(try displaced() == [])
        try document().update(path, edit: appending("two"))
        clock.advance(11)
        // Each update sweeps what earlier ones left.
        try document().update(path, edit: appending("three"))
        #expect(try displaced().count == 1)
    }

    /// An editor that had the file open all the time writes into what was displaced.
    @Test func aLateSaveIntoTheDisplacedFileIsNeverRemoved() throws {
        let path = try folder.write("text\n", to: "t.md")
        let editor = try FileDescriptor.open(path, .writeOnly, options: [.append])
        try document().update(path, edit: appending("line"))
        clock.advance(11)
        #expect(try document().sweep() == [], "still open")
        try editor.writeAll(Array("late\n".utf8))
        try editor.close()
        let kept = try document().sweep()
        #expect(kept.count == 1)
        #expect(try kept.map { String(decoding: try files.read($0), as: UTF8.self) } == ["text\nlate\n"])
        clock.advance(1000)
        #expect(try document().sweep() == [])
        #expect(try displaced().count == 1)
    }

    @Test func onlyOurOwnNamesAreSwept() throws {
        try folder.write("a person's", to: "own/displaced/notes.tmp")
        try folder.write("a person's", to: "own/displaced/a.b.1.c-d.e.md")
        clock.advance(1e6)
        #expect(try document().sweep() == [])
        #expect(try displaced().count == 2)
    }

    @Test func namesOfAnyLengthAndKindWork() throws {
        for name in [
            String(repeating: "x", count: 252) + ".md", String(repeating: "ä", count: 120) + ".md", "a.b c.tmp",
        ] {
            let path = try folder.write("text\n", to: name)
            try document().update(path, edit: appending("line"))
            #expect(try folder.text(name) == "text\nline\n")
        }
        clock.advance(11)
        #expect(try document().sweep() == [])
        #expect(try displaced() == [])
    }
}

/// The edit of these tests: a line at the end, once.
func appending(_ lines: String...) -> @Sendable ([UInt8]) -> [UInt8] {
    { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let present = Set(text.split(separator: "\n"))
        return bytes + lines.filter { !present.contains($0[...]) }.flatMap { Array("\($0)\n".utf8) }
    }
}

/// A person who saves at certain moments; each save keeps what the earlier ones said.
private final class Person: Sendable {
    private let state = Mutex((moment: 0, lines: ["text"]))
    private let path: FilePath
    private let saves: Set<Int>
    private let byRename: Bool

    init(_ path: FilePath, saves: Set<Int>, byRename: Bool) {
        (self.path, self.saves, self.byRename) = (path, saves, byRename)
    }

    /// What the last save wrote.
    var text: String { state.withLock { $0.lines.map { $0 + "\n" }.joined() } }

    func step() throws {
        let text: String? = state.withLock { state in
            state.moment += 1
            guard saves.contains(state.moment) else { return nil }
            state.lines.append("save \(state.moment)")
            return state.lines.map { $0 + "\n" }.joined()
        }
        guard let text else { return }
        if byRename {
            try RealFiles().writeAtomically(path, bytes: Array(text.utf8))
        } else {
            try writeInPlace(path, Array(text.utf8))
        }
    }
}
