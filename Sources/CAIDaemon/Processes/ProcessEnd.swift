// Owns how a supervised program can end, and what is known of it afterwards.
// Never a judgement of what the program achieved; AgentOutcome judges.

/// How a supervised program ended.
enum ProcessEnd: Codable, Sendable, Hashable {
    case exited(Int32)
    /// By a signal that did not come from us.
    case signalled(Int32)
    case timedOut
    /// It wrote nothing for too long.
    case idle
    /// We were asked to stop it.
    case stopped
    case tooMuchOutput
    /// It provably never ran; the text says why.
    case notStarted(String)
    /// It was started, and nobody saw how it ended.
    case inDoubt(String)
}

/// What a supervised program left behind.
struct ProcessReport: Sendable {
    var end: ProcessEnd
    /// At most the last MiB.
    var stdout: [UInt8]
    /// At most the last MiB.
    var stderr: [UInt8]
    var seconds: Double
}
