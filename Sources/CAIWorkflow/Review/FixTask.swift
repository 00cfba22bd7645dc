// Owns: the task file that is made of a finding.
// The header and the boxes are the daemon's; what a reviewer wrote stands in code spans and a fence, where it is text.
// Never writes a file, and never lets a reviewer's words become front matter, a heading, a box or a link.

import FoundationEssentials

/// A task that removes a finding.
public struct FixTask: Sendable, Hashable {
    /// `20261121_013000_P0_fix_words_of_the_title.md`.
    public var name: String
    public var bytes: [UInt8]

    /// The task for one finding.
    /// - Parameters:
    ///   - number: of the finding in its review, from 1; the name where the title has no letters.
    ///   - request: the request's file name or stem.
    ///   - responsePath: relative to the workspace.
    ///   - assignedTo: the queue.
    ///   - at: the stamp of the name, UTC.
    public static func make(
        for finding: Finding, number: Int, request: String, reviewer: String, responsePath: String, assignedTo: String,
        at instant: Date
    ) -> FixTask {
        let priority = finding.severity.priority
        let slug = slug(finding.title) ?? "finding_\(number)"
        let lines = [
            "---", "priority: \(priority)", "---", "",
            "# Task: \(title(finding.title))", "",
            "**Priority**: \(priority)",
            "**Assigned To**: \(words(assignedTo))",
            "**Source**: review \(words(TaskName(request).stem)) by \(words(reviewer))",
            "**Severity**: \(finding.severity)",
            "**Response**: \(code(responsePath)) line \(finding.line)",
            "**Location**: \(code(finding.location))",
            "**Impact**: \(code(finding.impact))",
            "**Suggestion**: \(code(finding.suggestion))", "",
            "## Finding", "", "In the reviewer's words:", "",
            PlainText.fenced(finding.text), "",
            "## Completion Criteria", "",
            "- [ ] What the finding describes is fixed",
            "- [ ] A test or a check shows it", "",
            "## Status Updates", "",
        ]
        return FixTask(
            name: "\(stamp(instant))_\(priority)_fix_\(slug).md", bytes: Array(lines.joined(separator: "\n").utf8))
    }

    /// The tasks for all findings of a review, no two of one name.
    public static func all(
        for response: ReviewResponse, request: String, reviewer: String, responsePath: String, assignedTo: String,
        at instant: Date
    ) -> [FixTask] {
        var names: Set<String> = []
        return response.findings.enumerated().map { index, finding in
            var task = make(
                for: finding, number: index + 1, request: request, reviewer: reviewer, responsePath: responsePath,
                assignedTo: assignedTo, at: instant)
            let stem = TaskName(task.name).stem
            var copy = 2
            while !names.insert(task.name).inserted {
                task.name = "\(stem)_\(copy).md"
                copy += 1
            }
            return task
        }
    }

    /// `Fix: …` without marks such as "- CANCELLED" at its end, which would speak about the task.
    private static func title(_ text: String) -> String {
        TaskTitle("Fix: " + words(text)).text
    }

    /// One line that is neither markup nor a link: signs of markdown gone, addresses parted.
    private static func words(_ text: String) -> String {
        let line = PlainText.line(text, limit: 160).replacing("://", with: ": //").replacing("www.", with: "www ")
        let kept = line.map { character -> String in
            switch character {
            case "[": "("
            case "]": ")"
            case "<", ">", "`", "*", "\\", "|", "~", "&": ""
            case "@": "at "
            case "#": "no. "
            default: String(character)
            }
        }
        let words = PlainText.line(kept.joined(), limit: 200)
        return words.isEmpty ? "not given" : words
    }

    /// One line as code, in which nothing is markup.
    private static func code(_ text: String?) -> String {
        let line = PlainText.line(text ?? "", limit: 1000).replacing("`", with: "'")
        return line.isEmpty ? "not given" : "`\(line)`"
    }

    /// Lowercase ASCII letters, digits and `_`, at most 48; nil if nothing remains.
    private static func slug(_ title: String) -> String? {
        let ascii = title.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : " " }
        let words = String(ascii).split(separator: " ")
        var slug = ""
        for word in words {
            guard slug.count + word.count < 48 else { break }
            slug += (slug.isEmpty ? "" : "_") + word
        }
        if slug.isEmpty, let first = words.first { slug = String(first.prefix(48)) }
        return slug.isEmpty ? nil : slug
    }

    /// `20261121_013000`, UTC.
    private static func stamp(_ instant: Date) -> String {
        let text = instant.formatted(Date.ISO8601FormatStyle())
        let digits = text.filter { $0.isNumber }
        return "\(digits.prefix(8))_\(digits.dropFirst(8).prefix(6))"
    }
}
