// Owns what follows from a program's outcome that is no success: failed, waits, or a person has to look; in words.
// Never runs anything.

import CAISystem
import CAIWorkflow
import FoundationEssentials

extension AgentOutcome {
    /// Seconds to wait where a provider's limit does not say how long it lasts.
    private static var usualQuota: Double { 1800 }

    /// - Parameters:
    ///   - who: for people: "the agent", "the reviewer codex".
    ///   - log: where its output is.
    func unsuccessful(of who: String, log: String, now: Date) -> TaskResult {
        func failed(_ reason: String) -> TaskResult {
            .failed("\(reason); its output is in \(log)", signature: signature)
        }
        switch self {
        case .success(let summary): return .completed(summary: summary, notes: "")
        case .noWork: return failed("\(who) ended without a word, so it is not known to have done anything")
        case .failed(let reason): return failed("\(who) failed: \(reason)")
        case .timeout: return failed("\(who) took longer than its timeout and was ended, with all it had started")
        case .hang: return failed("\(who) printed nothing for its idle_timeout and was ended, with all it had started")
        case .quota(let until, let message):
            return .held(
                Hold(.quota, until: until ?? now + Self.usualQuota, reason: "\(who) has used up its quota: \(message)"))
        case .stopped: return .stopped
        case .inDoubt(let reason):
            return .blocked(
                "in doubt: \(reason). It may have done its work or a part of it: look at \(log) and at what it was to change, "
                    + "then `caid retry` it, or move the file to completed/")
        case .missing(let reason): return .blocked("\(reason). After mending it, `caid retry` it")
        }
    }
}

extension ProcessEnd {
    /// For the history.
    var words: String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .signalled(let signal): "ended by signal \(signal)"
        case .timedOut: "ended at its timeout"
        case .idle: "ended because it printed nothing"
        case .stopped: "ended on request"
        case .tooMuchOutput: "ended because it printed too much"
        case .notStarted(let reason): "not started: \(reason)"
        case .inDoubt(let reason): "in doubt: \(reason)"
        }
    }
}
