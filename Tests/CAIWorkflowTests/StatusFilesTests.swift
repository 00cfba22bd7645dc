// Owns the tests of writing the status files: people's prose, deleted files, and files that need no writing.

import CAISystem
import CAIWorkflow
import SystemPackage
import TestSupport
import Testing

struct StatusFilesTests {
    private let folder: TemporaryFolder
    private let writer: StatusFiles
    private let names = ["BUDGET.md", "POD_STATUS.md", "PROJECT_STATUS.md", "QUEUE.md", "status.json"]

    init() throws {
        folder = try TemporaryFolder()
        writer = StatusFiles(workspace: Workspace(root: folder.path))
    }

    private func status() throws -> [String] {
        try RealFiles().list(folder["status"]).filter { !$0.hasPrefix(".") }.sorted()
    }

    @Test func deletedFilesComeBack() throws {
        try writer.write(StatusFixture.pages())
        #expect(try status() == names)
        let before = try names.map { try folder.text("status/\($0)") }
        for name in names { try RealFiles().remove(folder["status/\(name)"]) }
        try writer.write(StatusFixture.pages())
        #expect(try names.map { try folder.text("status/\($0)") } == before)
        try RealFiles().removeTree(folder["status"])
        try writer.write(StatusFixture.pages())
        #expect(try status() == names)
    }

    @Test func unchangedFilesAreNotWritten() throws {
        func facts() throws -> [FileStatus?] { try names.map { try RealFiles().status(folder["status/\($0)"]) } }
        try writer.write(StatusFixture.pages())
        let before = try facts()
        try writer.write(StatusFixture.pages())
        #expect(try facts() == before)
        try writer.write(StatusFixture.pages(StatusFixture.report(why: "another reason")))
        let after = try facts()
        #expect(zip(before, after).map { $0 == $1 } == [true, true, true, false, false], "only where it is said")
    }

    @Test func proseIsKeptThroughTwoHundredRewrites() throws {
        let (above, below) = ("# Our queue\r\n\r\nWords above \u{1F600}.\r\n\r\n", "\r\nWords below, no newline")
        let marked = "<!-- caid:begin status -->\r\n<!-- caid:end status -->\r\n"
        try folder.write(above + marked + below, to: "status/QUEUE.md")
        for round in 0..<200 {
            try writer.write(StatusFixture.pages(StatusFixture.report(why: "reason \(round)")))
        }
        let text = try folder.text("status/QUEUE.md")
        #expect(text.hasPrefix(above + "<!-- caid:begin status -->\r\n"))
        #expect(text.hasSuffix("<!-- caid:end status -->\r\n" + below))
        #expect(text.contains("reason 199") && !text.contains("reason 198"))
        #expect(text.ranges(of: "caid:begin").count == 1)
    }

    @Test func aFileWithoutMarkersGetsThemOnce() throws {
        try folder.write("# Mine\n\nwords\n", to: "status/BUDGET.md")
        for at in ["2026-11-21T01:30:00.000Z", "2026-11-21T01:31:00.000Z"] {
            try writer.write(StatusFixture.pages(StatusFixture.report(at: at)))
        }
        let text = try folder.text("status/BUDGET.md")
        #expect(text.hasPrefix("# Mine\n\nwords\n"))
        #expect(text.ranges(of: "caid:begin").count == 1)
        #expect(text.contains("01:31:00") && !text.contains("01:30:00"))
    }

    @Test func aNewFileHasATitleAndItsBlock() throws {
        try writer.write(StatusFixture.pages())
        let text = try folder.text("status/QUEUE.md")
        #expect(text.hasPrefix("# Queue\n\n<!-- caid:begin status -->\n"))
        #expect(text.hasSuffix("<!-- caid:end status -->\n"))
    }

    @Test func jsonIsTheReport() throws {
        try folder.write("torn {", to: "status/status.json")
        try writer.write(StatusFixture.pages())
        let bytes = Array(try folder.text("status/status.json").utf8)
        #expect(try CanonicalJSON.decode(StatusReport.self, from: bytes) == StatusFixture.report())
    }
}
