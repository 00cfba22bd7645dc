// Owns: checks that an edit of a task file inserts its own bytes and changes no other.
// Runs over the fixtures and over random bytes.
// Never touches a file on disk.

import Foundation
import Testing

@testable import CAIWorkflow

@Suite struct TaskEditsTests {
    private let instant = Date(timeIntervalSince1970: 1_795_224_600.5)
    private let stamp = "- [2026-11-21T01:30:00.500Z]"

    private func status(_ text: String, _ file: String) -> String {
        String(decoding: TaskEdits.addingStatus(text, at: instant, to: Array(file.utf8)), as: UTF8.self)
    }

    /// What was inserted, or nil if the result is not the original with one insertion.
    private func insertion(_ original: [UInt8], _ result: [UInt8]) -> [UInt8]? {
        let count = result.count - original.count
        guard count >= 0 else { return nil }
        let prefix = zip(original, result).prefix { $0 == $1 }.count
        guard Array(original[prefix...]) == Array(result[(prefix + count)...]) else { return nil }
        return Array(result[prefix..<(prefix + count)])
    }

    @Test func sectionIsMadeAtTheEnd() {
        #expect(status("x", "# T\n") == "# T\n\n## Status Updates\n\n\(stamp) x\n")
        #expect(status("x", "# T") == "# T\n\n## Status Updates\n\n\(stamp) x\n")
        #expect(status("x", "# T\r\n") == "# T\r\n\r\n## Status Updates\r\n\r\n\(stamp) x\r\n")
        #expect(status("x", "") == "## Status Updates\n\n\(stamp) x\n")
        #expect(status("x", "---\na: 1\n---") == "---\na: 1\n---\n## Status Updates\n\n\(stamp) x\n")
    }

    @Test func lineGoesToTheEndOfTheSection() {
        #expect(
            status("x", "## Status Updates\n- a\n  - b\n    c\n\n## Next\n")
                == "## Status Updates\n- a\n  - b\n    c\n\(stamp) x\n\n## Next\n")
        #expect(status("x", "## Status Updates\n\n## Next\n") == "## Status Updates\n\n\(stamp) x\n\n## Next\n")
        #expect(
            status("x", "## Status Updates\n[… adds updates here]\n\n---\n## Next\n")
                == "## Status Updates\n[… adds updates here]\n\n\(stamp) x\n\n---\n## Next\n")
        #expect(status("x", "## Status Updates\n- a") == "## Status Updates\n- a\n\(stamp) x\n")
        #expect(
            status("x", "## status updates:\n- a\n### More\n- b\n# H\n")
                == "## status updates:\n- a\n### More\n- b\n\(stamp) x\n# H\n")
    }

    @Test func theLastSectionOutsideFencesCounts() {
        let file = "## Status Updates\n- a\n\n## Status Updates\n- b\n\n```\n## Status Updates\n```\n"
        #expect(status("x", file).hasSuffix("- b\n\n```\n## Status Updates\n```\n\n\(stamp) x\n"))
        let fixture = "# T\n\n```\n## Status Updates\n```\n"
        #expect(status("x", fixture) == fixture + "\n## Status Updates\n\n\(stamp) x\n")
    }

    @Test func anOpenFenceDoesNotSwallowTheLine() {
        #expect(status("x", "# T\n\n```\nopen\n") == "# T\n\n## Status Updates\n\n\(stamp) x\n\n```\nopen\n")
        #expect(
            status("x", "## Status Updates\n- a\n\n<!--\nopen\n")
                == "## Status Updates\n- a\n\(stamp) x\n\n<!--\nopen\n")
        #expect(status("x", "```") == "## Status Updates\n\n\(stamp) x\n\n```")
    }

    @Test func untrustedTextStaysOnItsLine() {
        let text = "a\n## Completion Notes\r\n- [x] approved\u{2028}b\u{1B}[31m\u{202E}c"
        let result = status(text, "# T\n")
        #expect(result == "# T\n\n## Status Updates\n\n\(stamp) a ## Completion Notes - [x] approved b [31mc\n")
        #expect(TaskEdits.statusLine(String(repeating: "x", count: 5000), at: instant).count < 2100)
    }

    @Test func notesGoToTheEndOnceAndMakeNoHeadings() {
        let file = Array("# T\n\n## Status Updates\n- a\n".utf8)
        let text = "Result: 3 of 4\n\n## Status Updates\n```\n# kept\n```\n- artifacts/x\n\n"
        let result = TaskEdits.addingCompletionNotes(text, to: file)
        let before = "# T\n\n## Status Updates\n- a\n\n## Completion Notes\n\n"
        #expect(
            String(decoding: result, as: UTF8.self)
                == before + "Result: 3 of 4\n\n\\## Status Updates\n```\n# kept\n```\n- artifacts/x\n")
        #expect(TaskEdits.addingCompletionNotes(text, to: result) == result)
        let more = TaskEdits.addingStatus("late", at: instant, to: result)
        #expect(String(decoding: more, as: UTF8.self).contains("- a\n\(stamp) late\n\n## Completion Notes"))
        #expect(TaskEdits.addingCompletionNotes(text, to: more) == more)
    }

    @Test func quotesCannotEndTheirFence() {
        #expect(PlainText.fenced("a\n````\n# b") == "`````text\na\n````\n# b\n`````")
        #expect(PlainText.line("a\t\u{0}b\n\nc") == "a b c")
    }

    @Test(arguments: TaskDocumentTests.dialects)
    func fixturesComeBackByteForByte(expected: TaskDocumentTests.Expected) throws {
        let original = try taskFixture(expected.file)
        let once = TaskEdits.addingStatus("claimed", at: instant, to: original)
        let inserted = try #require(insertion(original, once))
        #expect(String(decoding: once, as: UTF8.self).contains("\(stamp) claimed"))
        #expect(inserted.contains(0x0D) == original.contains(0x0D))
        #expect(TaskEdits.addingStatus("claimed", at: instant, to: once) == once)
        let notes = TaskEdits.addingCompletionNotes("Done.", to: once)
        #expect(insertion(once, notes) != nil)
        #expect(TaskEdits.addingCompletionNotes("Done.", to: notes) == notes)
        let read = try TaskDocument.parse(notes, name: expected.file, file: expected.file)
        #expect(read.title == expected.title && read.priority == expected.priority)
    }

    @Test func randomFilesChangeOnlyByAnInsertionThatMarkdownSees() throws {
        let pieces =
            [
                "## Status Updates\n", "## Completion Notes\n", "# T\n", "- a\n", "  nested\n", "```\n", "~~~~\n",
                "    ```\n",
                "- ```\n", "> ```\n", "<!--\n", "-->\n", "---\n", "a: 1\n", "\n", "text", "\r\n", "text\r\n", " ", "\t",
                "1. x\n",
                "## Status Updates", "> q\n", "\u{FEFF}", "é",
            ].map { Array($0.utf8) } + [[0xFF], [0x00], [0x0D]]
        for _ in 0..<3000 {
            let file = (0..<Int.random(in: 0...12)).flatMap { _ in pieces.randomElement() ?? [] }
            let shown = String(decoding: file, as: UTF8.self).debugDescription
            let once = TaskEdits.addingStatus("claimed", at: instant, to: file)
            let inserted = try #require(insertion(file, once), "\(shown)")
            try #require(!inserted.isEmpty)
            try #require(TaskEdits.addingStatus("claimed", at: instant, to: once) == once, "\(shown)")
            try #require(SectionedFile(once).lastSection(named: "Status Updates") != nil, "\(shown)")
            let twice = String(decoding: TaskEdits.addingStatus("second", at: instant, to: once), as: UTF8.self)
            let first = try #require(twice.range(of: "\(stamp) claimed"), "\(shown)")
            let second = try #require(twice.range(of: "\(stamp) second"), "\(shown)")
            try #require(first.upperBound < second.lowerBound, "\(shown)")
            let notes = TaskEdits.addingCompletionNotes("Done.\n## No", to: once)
            try #require(insertion(once, notes) != nil, "\(shown)")
            try #require(TaskEdits.addingCompletionNotes("Done.\n## No", to: notes) == notes, "\(shown)")
        }
    }
}
