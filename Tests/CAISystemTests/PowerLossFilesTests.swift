// Owns the tests of what the power-loss twin keeps and loses: each rule of durability by a disk small enough to count.
// Never compares with a real file system; PowerLossConformanceTests does.

import CAISystem
import SystemPackage
import TestSupport
import Testing

struct PowerLossFilesTests {
    private let clock = FixedClock(1_795_224_600)

    /// A disk with two empty durable folders.
    private func disk(_ renames: RenameDurability = .atomic) throws -> PowerLossFiles {
        let files = PowerLossFiles(clock: clock, renames: renames)
        for folder in ["/from", "/to"] { try files.makeDirectory(FilePath(folder)) }
        files.syncAll()
        return files
    }

    /// What is in each state: `path=text`, joined; the states sorted.
    private func states(_ files: PowerLossFiles) throws -> [String] {
        try files.crashStates().map { state in
            try state.files(below: "/")
                .map { "\($0)=\(String(decoding: try state.read(FilePath("/\($0)")), as: UTF8.self))" }
                .joined(separator: " ")
        }.sorted()
    }

    private func create(_ files: PowerLossFiles, _ path: String, _ text: String) throws {
        try files.create(FilePath(path), bytes: Array(text.utf8), mode: .ownerReadWrite)
    }

    @Test func contentsAreDurableAtOnceAndNamesWhenTheirFolderIs() throws {
        let files = try disk()
        try create(files, "/from/a", "text")
        #expect(try states(files) == ["", "from/a=text"])
        try files.syncDirectory("/to")
        #expect(try states(files) == ["", "from/a=text"], "another folder's names")
        try files.syncDirectory("/from")
        #expect(try states(files) == ["from/a=text"])
    }

    @Test func aFolderMustBeDurableInItsParent() throws {
        let files = try disk()
        try files.makeDirectory("/from/new")
        try create(files, "/from/new/a", "text")
        try files.syncDirectory("/from/new")
        #expect(try states(files) == ["", "from/new/a=text"])
        #expect(try files.crashStates().map { try $0.list("/from") } == [[], ["new"]])
    }

    @Test func halfACreationLeavesAnyMixture() throws {
        let files = try disk()
        try files.createUnsynced("/from/a", bytes: Array("text".utf8), mode: .ownerReadWrite)
        #expect(try states(files) == ["", "from/a=", "from/a=text"])
        try files.syncFile("/from/a")
        #expect(try states(files) == ["", "from/a=text"])
    }

    @Test func writingInPlaceMayLoseTheOldBytesBeforeItHasTheNew() throws {
        let files = try disk()
        try create(files, "/from/a", "old")
        files.syncAll()
        try files.overwrite("/from/a", Array("new".utf8))
        #expect(try states(files) == ["from/a=", "from/a=new", "from/a=old"])
    }

    @Test func changesOfOneNameKeepTheirOrder() throws {
        let files = try disk()
        try create(files, "/from/a", "1")
        try files.remove("/from/a")
        try create(files, "/from/a", "2")
        #expect(try states(files) == ["", "from/a=1", "from/a=2"])
    }

    @Test func changesOfDifferentNamesDoNot() throws {
        let files = try disk()
        try create(files, "/from/a", "1")
        try create(files, "/to/b", "2")
        #expect(try states(files) == ["", "from/a=1", "from/a=1 to/b=2", "to/b=2"])
    }

    @Test(arguments: RenameDurability.allCases)
    func aMoveBetweenFolders(renames: RenameDurability) throws {
        let half = renames == .separate ? ["from/a=text to/a=text"] : []
        func moved() throws -> PowerLossFiles {
            let files = try disk(renames)
            try create(files, "/from/a", "text")
            files.syncAll()
            try files.rename("/from/a", to: "/to/a", .exclusive)
            return files
        }
        #expect(try states(try moved()) == ["from/a=text"] + half + ["to/a=text"])
        let target = try moved()
        try target.syncDirectory("/to")
        #expect(try states(target) == half + ["to/a=text"])
        // The old name cannot go before the new one has come.
        let source = try moved()
        try source.syncDirectory("/from")
        #expect(try states(source) == ["to/a=text"])
    }

    @Test(arguments: RenameDurability.allCases)
    func aRenameWithinAFolderAndASwapAreOneStep(renames: RenameDurability) throws {
        let files = try disk(renames)
        try create(files, "/from/a", "A")
        try create(files, "/to/b", "B")
        files.syncAll()
        try files.rename("/from/a", to: "/from/c", .replace)
        #expect(try states(files) == ["from/a=A to/b=B", "from/c=A to/b=B"])
        files.syncAll()
        try files.rename("/from/c", to: "/to/b", .exchange)
        #expect(try states(files) == ["from/c=A to/b=B", "from/c=B to/b=A"])
        try files.syncDirectory("/from")
        #expect(try states(files) == ["from/c=B to/b=A"])
    }

    @Test func replacingIsOldOrNew() throws {
        let files = try disk()
        try create(files, "/from/a", "old")
        files.syncAll()
        try create(files, "/from/t", "new")
        try files.rename("/from/t", to: "/from/a", .replace)
        #expect(try states(files) == ["from/a=new", "from/a=old", "from/a=old from/t=new"])
    }

    /// What a naive move relies on: nothing keeps the removal behind the copy.
    @Test func aLinkAndARemovalAreTwoChanges() throws {
        let files = try disk()
        try create(files, "/from/a", "text")
        files.syncAll()
        try files.link("/from/a", to: "/to/a")
        try files.remove("/from/a")
        #expect(try states(files) == ["", "from/a=text", "from/a=text to/a=text", "to/a=text"])
    }

    @Test func aFolderIsNotGoneBeforeWhatWasInIt() throws {
        let files = try disk()
        try create(files, "/from/a", "text")
        files.syncAll()
        try files.rename("/from/a", to: "/to/a", .replace)
        try files.remove("/from")
        #expect(try states(files) == ["from/a=text", "to/a=text", "to/a=text"])
        #expect(
            try files.crashStates().map { try $0.list("/").sorted() } == [["from", "to"], ["from", "to"], ["to"]])
    }

    @Test func statesAreIndependentAndWhole() throws {
        let files = try disk()
        try create(files, "/from/a", "text")
        let lost = try #require(files.crashStates().first)
        try create(lost, "/to/b", "after")
        lost.syncAll()
        #expect(try states(lost) == ["to/b=after"])
        #expect(try files.status("/to/b") == nil)
        #expect(files.crashStates(limit: 1).count == 1)
        let copy = files.copy()
        try files.remove("/from/a")
        #expect(try states(copy) == ["", "from/a=text"])
    }

    @Test func anOpenFileIsFollowedThroughItsNames() throws {
        let files = try disk()
        try create(files, "/from/a", "old")
        let writer = try files.open("/from/a")
        try files.rename("/from/a", to: "/to/b", .exclusive)
        #expect(try files.isBeingWritten("/to/b"))
        files.write(writer, Array("new".utf8))
        #expect(try files.read("/to/b") == Array("new".utf8))
        #expect(try files.crashStates().allSatisfy { try $0.status("/to/b") == nil || !$0.isBeingWritten("/to/b") })
        files.close(writer)
        #expect(try !files.isBeingWritten("/to/b"))
    }

    @Test func numbersAreUsedAgainOnceNothingRemembersThem() throws {
        let files = try disk()
        try create(files, "/from/a", "1")
        files.syncAll()
        let inode = try files.status("/from/a")?.inode
        try files.remove("/from/a")
        try create(files, "/from/b", "2")
        #expect(try files.status("/from/b")?.inode != inode, "the disk still remembers it")
        try files.remove("/from/b")
        files.syncAll()
        try create(files, "/from/c", "3")
        #expect(try files.status("/from/c")?.inode == inode)
    }

    @Test func timesAreTheClocks() throws {
        let files = try disk()
        try create(files, "/from/a", "1")
        let made = try files.status("/from/a")?.modified
        #expect(made == 1_795_224_600_000_000_000)
        clock.advance(1)
        #expect(try files.status("/from/a")?.modified == made)
        try files.overwrite("/from/a", [])
        #expect(try files.status("/from/a")?.modified == made.map { $0 + 1_000_000_000 })
    }
}
