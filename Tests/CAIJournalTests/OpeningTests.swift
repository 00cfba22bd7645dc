// Owns the tests of opening a journal: new, beside a writer, after it, damaged, and not there.

import CAISystem
import GRDB
import SystemPackage
import TestSupport
import Testing

@testable import CAIJournal

struct OpeningTests {
    private let folder: TemporaryFolder
    private let path: FilePath

    init() throws {
        folder = try TemporaryFolder()
        path = folder["journal.sqlite"]
    }

    private func note(_ message: String, in journal: Journal) throws {
        try journal.addEvent(at: 1, actor: "test", target: "t", message: message)
    }

    @Test func withoutAJournalThereIsNothingToRead() throws {
        #expect(try Journal(reading: path) == nil)
        #expect(try folder.names() == [], "reading makes nothing")
        try folder.write("", to: "journal.sqlite")
        #expect(try Journal(reading: path) == nil, "made, and not migrated yet")
    }

    @Test func everyCommitIsOnTheDiskBeforeItIsSaid() throws {
        let journal = try Journal(writing: path)
        let level = try journal.database.unsafeReentrantWrite { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(level == 2, "FULL: with less, a power cut takes back an intent whose move it leaves")
    }

    @Test func aReaderBesideAWriterSeesWhatIsWritten() throws {
        let writer = try Journal(writing: path)
        try note("one", in: writer)
        let reader = try #require(try Journal(reading: path))
        #expect(try reader.events(limit: 9).map(\.message) == ["one"])
        try note("two", in: writer)
        #expect(try reader.events(limit: 9).map(\.message) == ["two", "one"])
        #expect(throws: (any Error).self) { try note("three", in: reader) }
        #expect(try writer.events(limit: 9).count == 2)
    }

    @Test func aReaderAfterTheWriterHasGone() throws {
        func write() throws { try note("one", in: Journal(writing: path)) }
        try write()
        let reader = try #require(try Journal(reading: path))
        #expect(try reader.events(limit: 9).map(\.message) == ["one"])
    }

    @Test func openingAgainKeepsEverything() throws {
        func write(_ message: String) throws { try note(message, in: Journal(writing: path)) }
        try write("one")
        try write("two")
        #expect(try Journal(writing: path).events(limit: 9).map(\.message) == ["two", "one"])
    }

    @Test func aDamagedFileSaysWhatToDo() throws {
        try folder.write(String(repeating: "this is no database ", count: 500), to: "journal.sqlite")
        let writing = #expect(throws: JournalError.self) { try Journal(writing: path) }
        #expect(writing?.description.contains(path.string) == true)
        #expect(writing?.description.contains("move the file aside") == true)
        #expect(writing?.cause.contains("not a database") == true)
        let reading = #expect(throws: JournalError.self) { try Journal(reading: path) }
        #expect(reading?.message.contains(path.string) == true)
        #expect(try folder.text("journal.sqlite").hasPrefix("this is no database"), "left as it was")
    }

    @Test func aFolderThatIsNotThereSaysSo() throws {
        #expect(throws: JournalError.self) { try Journal(writing: folder["none/journal.sqlite"]) }
    }
}
