// Owns: what the top of a task file says in prose: title, priority, who, how long, why, cancelled.
// Takes every dialect people use; nothing in it is an error. Of a field that stands twice the first counts.
// Never reads past the header: not into a section, not into a code fence.

/// The readable header of a task file.
public struct TaskHeader: Sendable, Hashable {
    /// The first title without `Task:`, `P0:` and marks such as `- COMPLETED`; nil where there is none.
    public private(set) var title: String?
    /// From a `Priority` field, else from a title such as `# P0: …`.
    public private(set) var priority: Priority?
    public private(set) var assignedTo: String?
    /// As written: `0.5 hours`, `3-4 hours`.
    public private(set) var estimatedTime: String?
    /// From `Source`, `From Review` or `Triggered By`.
    public private(set) var source: String?
    /// Whether title, priority or status say CANCELLED.
    public private(set) var isCancelled = false

    private var titlePriority: Priority?
    private var seen: Set<Field> = []

    /// Reads the header from the lines of the body, front matter left out.
    static func read(_ lines: [MarkdownLine], of bytes: [UInt8]) -> TaskHeader {
        var header = TaskHeader()
        for line in lines where !line.isBlank {
            guard line.region != .fence else { break }
            guard line.region == .text else { continue }
            if let heading = line.heading {
                let title = TaskTitle(String(decoding: bytes[heading.text], as: UTF8.self))
                guard header.take(title, level: heading.level) else { break }
                continue
            }
            // A rule closes the header once there is one; right under the title it is decoration.
            var cursor = LineCursor(bytes, line.content)
            cursor.skipWhitespace()
            if cursor.isThematicBreak {
                if header.seen.isEmpty { continue }
                break
            }
            if let (field, value) = HeaderField.read(String(decoding: bytes[line.content], as: UTF8.self)) {
                header.take(field, value)
            }
        }
        header.priority = header.priority ?? header.titlePriority
        return header
    }

    /// Answers whether the heading is a title; any other ends the header.
    private mutating func take(_ heading: TaskTitle, level: Int) -> Bool {
        let isUsual = title == nil && (level == 1 || heading.isMarkedAsTask || seen.isEmpty)
        // `# Task: X` is followed by `## Task: Y` in some files; behind the fields it would be a section.
        let isSecond = heading.isMarkedAsTask && seen.isEmpty
        guard level <= 2, isUsual || isSecond else { return false }
        title = title ?? heading.text
        titlePriority = titlePriority ?? heading.priority
        isCancelled = isCancelled || heading.isCancelled
        return true
    }

    private mutating func take(_ field: Field, _ value: String) {
        let firstWord = value.split { !$0.isLetter }.first?.uppercased() ?? ""
        let saysCancelled = ["CANCELLED", "CANCELED"].contains(firstWord)
        if field == .priority, priority == nil, !saysCancelled { priority = Priority(fieldText: value) }
        guard seen.insert(field).inserted else { return }
        switch field {
        case .priority, .status: isCancelled = isCancelled || saysCancelled
        case .assignedTo: assignedTo = value
        case .estimatedTime: estimatedTime = value
        case .source: source = value
        }
    }

    enum Field: Sendable, Hashable { case priority, status, assignedTo, estimatedTime, source }
}
