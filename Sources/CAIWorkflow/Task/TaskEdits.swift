// Owns: what the daemon writes into a task file: status lines and completion notes, as pure insertions.
// The same edit twice changes nothing the second time; the file's line endings are kept.
// Never changes or removes a byte that was there, and never lets text make lines or headings of its own.

import CAISystem
import FoundationEssentials

/// Insertions into a task file.
public enum TaskEdits {
    static let statusHeading = "Status Updates"
    static let notesHeading = "Completion Notes"

    /// `- [2026-11-21T01:30:00.123Z] text`, as it will stand in the file.
    public static func statusLine(_ text: String, at instant: Date) -> String {
        "- [\(instant.instantText)] \(PlainText.line(text))"
    }

    /// The file with a status line at the end of its last `## Status Updates` section, which is made at the end of the
    /// file if there is none. A line that stands in the file already is not added again.
    public static func addingStatus(_ text: String, at instant: Date, to bytes: [UInt8]) -> [UInt8] {
        let line = statusLine(text, at: instant)
        let file = SectionedFile(bytes)
        if file.hasLine(line) { return bytes }
        guard let section = file.lastSection(named: statusHeading) else {
            return file.addingSection(["## \(statusHeading)", "", line])
        }
        return file.adding(item: line, to: section)
    }

    /// The file with a `## Completion Notes` section at its end. Notes that stand in the file already, word for word,
    /// are not added again.
    /// - Parameter text: markdown, perhaps of several lines; lines that would be headings are escaped. Text from
    ///   elsewhere in it goes through `PlainText` first.
    public static func addingCompletionNotes(_ text: String, to bytes: [UInt8]) -> [UInt8] {
        var lines = text.lines.map(\.printable)
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        let block = ["## \(notesHeading)", ""] + SectionedFile.withoutHeadings(lines)
        let file = SectionedFile(bytes)
        return file.hasBlock(block) ? bytes : file.addingSection(block)
    }
}
