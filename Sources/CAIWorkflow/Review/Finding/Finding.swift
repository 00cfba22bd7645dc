// Owns: one finding of a review as data.
// Its text is the reviewer's, as written; whoever puts it into a file quotes it.
// Never knows the task that is made of it.

/// Something a reviewer wants changed.
public struct Finding: Sendable, Hashable {
    public var severity: Severity
    /// One line, markup taken off, at most 160 characters.
    public var title: String
    /// As written: `scripts/train.py:12-30`, "the evaluation section".
    public var location: String?
    public var impact: String?
    public var suggestion: String?
    /// The finding's own lines as they stand in the review.
    public var text: String
    /// Where it begins, 1-based.
    public var line: Int

    public init(
        severity: Severity, title: String, location: String? = nil, impact: String? = nil, suggestion: String? = nil,
        text: String, line: Int
    ) {
        self.severity = severity
        self.title = title
        self.location = location
        self.impact = impact
        self.suggestion = suggestion
        self.text = text
        self.line = line
    }

    mutating func merge(_ other: Finding) {
        var (long, short) = (self, other)
        if other.text.utf8.count > text.utf8.count { (long, short) = (other, self) }
        long.severity = min(severity, other.severity)
        long.location = long.location ?? short.location
        long.impact = long.impact ?? short.impact
        long.suggestion = long.suggestion ?? short.suggestion
        self = long
    }

    /// Letters and digits of the title: two findings that share it are one.
    var titleKey: String { String(title.lowercased().filter { $0.isLetter || $0.isNumber }) }
}
