// Owns: what a review can come to, and how that is told to people.
// Whatever is not plainly an approval is none: only `approved` opens a gate.
// Never reads a file.

/// What a reviewer decided.
public enum Verdict: Sendable, Hashable {
    /// Without conditions.
    case approved
    /// Refused, or approved under conditions.
    case notApproved
    /// No verdict, or several that contradict each other; a person has to look.
    case ambiguous
}

/// A verdict and the place it was read from.
public struct ReviewVerdict: Sendable, Hashable {
    public var verdict: Verdict
    /// The line that says it, as one safe line; empty where there is none.
    public var words: String
    /// 1-based; nil where there is no verdict.
    public var line: Int?
    /// For people: `line 4 says "Go"`.
    public var why: String

    public init(verdict: Verdict, words: String, line: Int?, why: String) {
        self.verdict = verdict
        self.words = words
        self.line = line
        self.why = why
    }
}
