// Owns what an agent's run came to, judged from how it ended and what it printed. A result in JSON outranks the exit code;
// a limit of the provider is told apart from a failure of the work.
// Pure: the same report at the same time gives the same outcome. Never decides what happens next.

import CAISystem
import CAIWorkflow
import FoundationEssentials

/// What an agent's run came to. Every text is one line of at most about 300 characters, safe to show.
enum AgentOutcome: Sendable, Hashable {
    case success(summary: String)
    /// It ended well and printed nothing, which no agent that did something does.
    case noWork
    case failed(reason: String)
    /// Ended by us after its whole time.
    case timeout
    /// Ended by us after it had printed nothing for too long.
    case hang
    /// The provider's limit is used up; until when, where the output says so.
    case quota(until: Date?, message: String)
    case stopped
    case inDoubt(reason: String)
    /// The program could not be started.
    case missing(reason: String)

    static func of(_ report: ProcessReport, now: Date) -> AgentOutcome {
        let exitCode: Int32
        switch report.end {
        case .timedOut: return .timeout
        case .idle: return .hang
        case .stopped: return .stopped
        case .tooMuchOutput: return .failed(reason: "ended because it printed more than is allowed")
        case .notStarted(let reason): return .missing(reason: PlainText.line(reason, limit: 300))
        case .inDoubt(let reason): return .inDoubt(reason: PlainText.line(reason, limit: 300))
        case .signalled(let signal): exitCode = 128 + signal
        case .exited(let code): exitCode = code
        }
        let result = AgentResultJSON(report.stdoutText)
        let output = AgentText(result.map { $0.text ?? $0.preceding } ?? report.stdoutText)
        let errors = AgentText(report.stderrText)
        if result?.isSuccess ?? (exitCode == 0) {
            if let message = QuotaMessage(answer: output, errors: errors) { return message.outcome(now) }
            if let line = output.lastMeaningfulLine { return .success(summary: line) }
            return output.isBlank && result == nil ? .noWork : .success(summary: "done")
        }
        let spoken = result?.error ?? ""
        if let message = QuotaMessage(failure: [errors, AgentText(spoken)], answer: output) {
            return message.outcome(now)
        }
        let said = AgentText(spoken).lastMeaningfulLine ?? errors.errorLine ?? output.errorLine
        let how =
            switch report.end {
            case .signalled(let signal): "ended by signal \(signal)"
            default: exitCode == 0 ? nil : "exit code \(exitCode)"
            } as String?
        let reason = [how, said].compactMap { $0 }.joined(separator: ": ")
        return .failed(reason: reason.isEmpty ? "it said that it failed" : reason)
    }

    /// Equal for two failures that are the same but for times, numbers and temporary names.
    var signature: String {
        switch self {
        case .success(let text): "success: " + FailureSignature.normalised(text)
        case .noWork: "no work"
        case .failed(let text): "failed: " + FailureSignature.normalised(text)
        case .timeout: "timeout"
        case .hang: "hang"
        case .quota(_, let text): "quota: " + FailureSignature.normalised(text)
        case .stopped: "stopped"
        case .inDoubt(let text): "in doubt: " + FailureSignature.normalised(text)
        case .missing(let text): "missing: " + FailureSignature.normalised(text)
        }
    }
}

extension QuotaMessage {
    fileprivate func outcome(_ now: Date) -> AgentOutcome { .quota(until: until(now: now), message: line) }
}

extension ProcessReport {
    var stdoutText: String { String(decoding: stdout, as: UTF8.self) }
    var stderrText: String { String(decoding: stderr, as: UTF8.self) }

    /// What the agent answered: the result's text where all that was printed is JSON with one, else everything as it is.
    var responseText: String {
        guard let result = AgentResultJSON(stdoutText), result.isWholeOutput, let text = result.text else {
            return stdoutText
        }
        return text
    }
}
