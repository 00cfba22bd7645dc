// Owns the tests of the hints: what wakes a scanner, and which names are told as whole.
// Never counts on how many wakeups there are; one may stand for many.

import CAISystem
import SystemPackage
import TestSupport
import Testing

struct DirectoryHintsTests {
    private let files = RealFiles()
    private let folder: TemporaryFolder
    private let hints: DirectoryHints

    init() throws {
        folder = try TemporaryFolder()
        hints = try DirectoryHints()
        try files.makeDirectories(folder["in"])
        hints.watch(folder["in"])
    }

    /// The next wakeup; hangs where there is none, so that a missing one is seen.
    private func wake() async {
        var iterator = hints.wakeups.makeAsyncIterator()
        await iterator.next()
    }

    @Test func aRenameIsNamedOnce() async throws {
        try folder.write("x", to: "elsewhere")
        try files.move(folder["elsewhere"], to: folder["in/a.md"])
        await wake()
        #expect(hints.takeArrivals() == [folder["in/a.md"]])
        #expect(hints.takeArrivals() == [])
    }

    @Test func creatingAndLinkingWakeButArriveNotWhole() async throws {
        try files.create(folder["in/a.md"], bytes: [], mode: .ownerReadWrite)
        await wake()
        try folder.write("x", to: "outside")
        try files.link(folder["outside"], to: folder["in/b.md"])
        await wake()
        #expect(hints.takeArrivals() == [])
    }

    @Test func removingAndMovingAwayWake() async throws {
        try files.create(folder["in/a.md"], bytes: [], mode: .ownerReadWrite)
        await wake()
        try files.move(folder["in/a.md"], to: folder["a.md"])
        await wake()
        #expect(hints.takeArrivals() == [])
    }

    @Test func appendsWakeOnlyWhereTheyAreAskedFor() async throws {
        let own = try DirectoryHints()
        let path = try folder.write("", to: "job/events.jsonl")
        own.watch(folder["job"], appends: true, only: "events.jsonl")
        let writer = try FileDescriptor.open(path, .writeOnly, options: [.append])
        try writer.writeAll(Array("line\n".utf8))
        var iterator = own.wakeups.makeAsyncIterator()
        await iterator.next()
        try writer.close()
        await iterator.next()
        // Another file of that folder says nothing; the next wakeup is of the file that matters, renamed into place.
        try folder.write("chatter", to: "job/worker.log")
        try folder.write("x", to: "new")
        try files.rename(folder["new"], to: path, .replace)
        await iterator.next()
        #expect(own.takeArrivals() == [path])
    }

    @Test func afterABurstAScanSeesEverything() async throws {
        for number in 0..<2000 {
            try files.create(folder["in/\(number).md"], bytes: [], mode: .ownerReadWrite)
        }
        await wake()
        #expect(try files.list(folder["in"]).count == 2000)
    }

    @Test func foldersThatAreGoneOrNoFoldersAreLeftAlone() async throws {
        hints.watch(folder["none"])
        hints.watch(try folder.write("", to: "file"))
        try files.removeTree(folder["in"])
        try files.makeDirectories(folder["in"])
        hints.watch(folder["in"])
        try folder.write("x", to: "elsewhere")
        try files.move(folder["elsewhere"], to: folder["in/b.md"])
        while !hints.takeArrivals().contains(folder["in/b.md"]) { await wake() }
    }
}
