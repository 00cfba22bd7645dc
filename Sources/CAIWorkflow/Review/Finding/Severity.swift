// Owns: the six severities of findings, the words people use for them, and the priority of the work they make.
// More severe compares as less, so that sorting puts the worst first.
// Never guesses: a word that names none is nil.

/// How bad a finding is.
public enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
    case fatal, critical, high, medium, low, suggestion

    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    /// `FATAL` to `SUGGESTION`.
    public var description: String {
        switch self {
        case .fatal: "FATAL"
        case .critical: "CRITICAL"
        case .high: "HIGH"
        case .medium: "MEDIUM"
        case .low: "LOW"
        case .suggestion: "SUGGESTION"
        }
    }

    /// The priority of the task that removes it.
    public var priority: Priority {
        switch self {
        case .fatal, .critical: .p0
        case .high: .p1
        case .medium: .p2
        case .low, .suggestion: .p3
        }
    }

    /// While such a finding is open, an approval is not believed.
    public var contradictsApproval: Bool { self <= .critical }

    /// In any case of letters, singular or plural.
    init?(word: some StringProtocol) {
        switch word.lowercased() {
        case "fatal": self = .fatal
        case "critical", "blocker", "blockers", "blocking": self = .critical
        case "high", "major": self = .high
        case "medium", "moderate": self = .medium
        case "low", "minor": self = .low
        case "suggestion", "suggestions", "nit", "nits", "nitpick", "nitpicks": self = .suggestion
        default: return nil
        }
    }
}
