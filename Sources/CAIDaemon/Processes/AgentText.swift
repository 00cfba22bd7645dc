// Owns finding the lines that matter in what an agent printed.
// Never decides what they mean for the run.

import CAIWorkflow

/// Text that an agent printed, line by line.
struct AgentText {
    /// Without white space at either end, without empty lines.
    let lines: [Substring]
    /// Bytes in all.
    let size: Int

    init(_ text: String) {
        size = text.utf8.count
        lines = text.split(whereSeparator: \.isNewline).map { line in
            let start = line.drop(while: \.isWhitespace)
            return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
        }.filter { !$0.isEmpty }
    }

    var isBlank: Bool { lines.isEmpty }

    /// The last line that has a word in it, in at most 300 characters.
    var lastMeaningfulLine: String? {
        lines.last { $0.contains { $0.isLetter || $0.isNumber } }.map { PlainText.line(String($0), limit: 300) }
    }

    /// The last of the last lines that speaks of an error, else the last one.
    var errorLine: String? {
        let words = ["error", "fail", "fatal", "denied", "not found", "cannot", "exception", "panic", "no such"]
        let line = lines.suffix(30).last { line in
            let line = line.lowercased()
            return words.contains { line.contains($0) }
        }
        return line.map { PlainText.line(String($0), limit: 300) } ?? lastMeaningfulLine
    }
}
