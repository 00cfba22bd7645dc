// Owns the tests of the compound habits: nothing is replaced by accident, and a failure leaves nothing behind.

import CAISystem
import SystemPackage
import TestSupport
import Testing

struct DurableFilesTests {
    private let files = RealFiles()
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func writingNewIsExclusive() throws {
        try files.writeNew(folder["a"], bytes: [1])
        #expect(throws: Errno.fileExists) { try files.writeNew(folder["a"], bytes: [2]) }
        #expect(try files.read(folder["a"]) == [1])
        #expect(try files.list(folder.path) == ["a"])
    }

    @Test func writingAtomicallyReplacesTheWholeFile() throws {
        try folder.write("something long", to: "a")
        let before = try files.status(folder["a"])
        try files.writeAtomically(folder["a"], bytes: Array("short".utf8))
        #expect(try folder.text("a") == "short")
        #expect(try files.status(folder["a"])?.inode != before?.inode)
    }

    /// At every call that fails, the old text stands and nothing else lies in the folder; at the last one (making the name
    /// durable) the new text is there already.
    @Test(arguments: ["create", "rename", "syncDirectory"])
    func aFailedWriteLeavesNoTemporary(verb failing: String) throws {
        try folder.write("old", to: "a")
        let failing = InterposedFiles { moment, verb in
            if moment == .before, verb == failing { throw Errno.noSpace }
        }
        #expect(throws: Errno.noSpace) { try failing.writeAtomically(folder["a"], bytes: Array("new".utf8)) }
        #expect(try files.list(folder.path) == ["a"])
        #expect(["old", "new"].contains(try folder.text("a")))
        #expect(throws: Errno.noSpace) { try failing.writeNew(folder["b"], bytes: Array("new".utf8)) }
        #expect(try Set(files.list(folder.path)).subtracting(["a", "b"]) == [])
    }

    @Test func aWriteThatFailsHalfwayLeavesNoTemporary() throws {
        let failing = InterposedFiles { moment, verb in
            if moment == .after, verb == "create" { throw Errno.ioError }
        }
        #expect(throws: Errno.ioError) { try failing.writeAtomically(folder["a"], bytes: [1]) }
        #expect(try files.list(folder.path) == [])
    }

    @Test func movingNeverReplaces() throws {
        try folder.write("mine", to: "from/a")
        try folder.write("theirs", to: "to/a")
        #expect(throws: Errno.fileExists) { try files.move(folder["from/a"], to: folder["to/a"]) }
        #expect(try folder.text("from/a") == "mine")
        #expect(try folder.text("to/a") == "theirs")
        try files.move(folder["from/a"], to: folder["to/b"])
        #expect(try folder.names() == ["to/a", "to/b"])
    }

    @Test func freeNamesCountUp() throws {
        #expect(try files.freeName("t.md", in: folder.path) == "t.md")
        try folder.write("", to: "t.md")
        #expect(try files.freeName("t.md", in: folder.path) == "t-2.md")
        try folder.write("", to: "t-2.md")
        #expect(try files.freeName("t.md", in: folder.path) == "t-3.md")
        try makeSymbolicLink(folder["v1.2.md"], to: folder["nowhere"])
        #expect(try files.freeName("v1.2.md", in: folder.path) == "v1.2-2.md")
        try folder.write("", to: "plain")
        #expect(try files.freeName("plain", in: folder.path) == "plain-2")
    }

    @Test func foldersAreMadeWithTheirParents() throws {
        try files.makeDirectories(folder["a/b/c"])
        try files.makeDirectories(folder["a/b/c"])
        #expect(try files.status(folder["a/b/c"])?.kind == .directory)
        try folder.write("", to: "file")
        #expect(throws: Errno.notDirectory) { try files.makeDirectories(folder["file"]) }
        try makeSymbolicLink(folder["elsewhere"], to: folder["a"])
        try files.makeDirectories(folder["elsewhere/d"])
        #expect(try files.status(folder["a/d"])?.kind == .directory)
    }

    @Test func removingATreeDoesNotFollowLinks() throws {
        try folder.write("precious", to: "outside/keep")
        try folder.write("", to: "tree/sub/a")
        try makeSymbolicLink(folder["tree/link"], to: folder["outside"])
        try makeSymbolicLink(folder["tree/sub/file"], to: folder["outside/keep"])
        try files.removeTree(folder["tree"])
        #expect(try folder.names() == ["outside/keep"])
        try makeSymbolicLink(folder["alias"], to: folder["outside"])
        try files.removeTree(folder["alias"])
        #expect(try folder.text("outside/keep") == "precious")
        try files.removeTree(folder["none"])
    }

    @Test func filesBelowAreRelativeSortedAndNoLinks() throws {
        for name in ["b/2", "a", "b/c/3"] { try folder.write("", to: name) }
        try makeSymbolicLink(folder["link"], to: folder["a"])
        #expect(try files.files(below: folder.path) == ["a", "b/2", "b/c/3"])
    }

    @Test func copyingReplacesAndRefusesLinks() throws {
        let bytes = (0..<(1 << 20) + 7).map { UInt8(truncatingIfNeeded: $0) }
        try files.writeAtomically(folder["a"], bytes: bytes)
        try folder.write("old", to: "b")
        try files.copy(folder["a"], to: folder["b"])
        #expect(try files.read(folder["b"]) == bytes)
        try makeSymbolicLink(folder["link"], to: folder["a"])
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try files.copy(folder["link"], to: folder["c"]) }
        #expect(try Set(files.list(folder.path)) == ["a", "b", "link"])
    }
}
