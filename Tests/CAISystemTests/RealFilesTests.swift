// Owns the tests of the real file system behind the protocol: what is refused, and how.

import CAISystem
import Glibc
import SystemPackage
import TestSupport
import Testing

struct RealFilesTests {
    private let files = RealFiles()
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readingRefusesLinksFoldersAndPipes() throws {
        let target = try folder.write("secret", to: "target")
        try makeSymbolicLink(folder["link"], to: target)
        try makePipe(folder["pipe"])
        #expect(throws: Errno.tooManySymbolicLinkLevels) { try files.read(folder["link"]) }
        // Opening a pipe for reading waits for a writer, unless asked not to; that this test ends is the point.
        #expect(throws: Errno.invalidArgument) { try files.read(folder["pipe"]) }
        #expect(throws: Errno.invalidArgument) { try files.read(folder.path) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try files.read(folder["none"]) }
    }

    @Test func theLimitIsInclusive() throws {
        try folder.write("12345", to: "five")
        #expect(try files.read(folder["five"], limit: 5) == Array("12345".utf8))
        #expect(throws: Errno.fileTooLarge) { try files.read(folder["five"], limit: 4) }
        #expect(try files.read(folder["five"], limit: .max).count == 5)
    }

    @Test func statusNeverFollowsALink() throws {
        let target = try folder.write("text", to: "target")
        try makeSymbolicLink(folder["link"], to: target)
        try makePipe(folder["pipe"])
        #expect(try files.status(target)?.kind == .regular)
        #expect(try files.status(target)?.size == 4)
        #expect(try files.status(folder["link"])?.kind == .link)
        #expect(try files.status(folder["pipe"])?.kind == .other)
        #expect(try files.status(folder.path)?.kind == .directory)
        #expect(try files.status(folder["none"]) == nil)
        #expect(try files.status(target.appending("below")) == nil)
    }

    @Test func everyNameIsListedOnce() throws {
        for number in 0..<300 { try folder.write("", to: "name \(number) ä.md") }
        let names = try files.list(folder.path)
        #expect(names.count == 300)
        #expect(Set(names) == Set((0..<300).map { "name \($0) ä.md" }))
        #expect(throws: Errno.noSuchFileOrDirectory) { try files.list(folder["none"]) }
        #expect(throws: Errno.notDirectory) { try files.list(folder["name 0 ä.md"]) }
    }

    @Test func creatingNeverReplacesAndLinkingNeither() throws {
        try files.create(folder["a"], bytes: [1], mode: .ownerReadWrite)
        #expect(throws: Errno.fileExists) { try files.create(folder["a"], bytes: [2], mode: .ownerReadWrite) }
        try files.create(folder["b"], bytes: [2], mode: .ownerReadWrite)
        #expect(throws: Errno.fileExists) { try files.link(folder["a"], to: folder["b"]) }
        #expect(try files.read(folder["a"]) == [1])
        #expect(try files.read(folder["b"]) == [2])
    }

    @Test func theThreeKindsOfRename() throws {
        try folder.write("a", to: "a")
        try folder.write("b", to: "b")
        #expect(throws: Errno.fileExists) { try files.rename(folder["a"], to: folder["b"], .exclusive) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try files.rename(folder["a"], to: folder["c"], .exchange) }
        try files.rename(folder["a"], to: folder["b"], .exchange)
        #expect(try folder.text("a") == "b")
        #expect(try folder.text("b") == "a")
        try files.rename(folder["a"], to: folder["b"], .replace)
        #expect(try folder.names() == ["b"])
        #expect(try folder.text("b") == "b")
    }

    @Test func permissionsAreSetExactly() throws {
        try folder.write("x", to: "x")
        try files.setPermissions(folder["x"], FilePermissions(rawValue: 0o664))
        #expect(try files.status(folder["x"])?.mode == 0o664)
    }

    @Test func aWriterIsSeenAndAReaderIsNot() throws {
        let path = try folder.write("x", to: "x")
        #expect(try !files.isBeingWritten(path))
        let writer = try FileDescriptor.open(path, .writeOnly, options: [.append])
        #expect(try files.isBeingWritten(path))
        try writer.close()
        #expect(try !files.isBeingWritten(path))
        let reader = try FileDescriptor.open(path, .readOnly)
        #expect(try !files.isBeingWritten(path))
        try reader.close()
    }

    @Test func removingAFolderNeedsItEmpty() throws {
        try folder.write("x", to: "sub/x")
        #expect(throws: Errno.directoryNotEmpty) { try files.remove(folder["sub"]) }
        try files.remove(folder["sub/x"])
        try files.remove(folder["sub"])
        #expect(throws: Errno.noSuchFileOrDirectory) { try files.remove(folder["sub"]) }
    }
}
