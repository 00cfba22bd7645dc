// Owns verifying a task's work with the program that its header names: outside of the agent, by the daemon; only exit 0 counts.
// Never uses a shell.

import CAISystem
import CAIWorkflow
import FoundationEssentials

/// Runs `verify`.
struct Verifier: Sendable {
    static let purpose = "verify"
    let programs: Programs
    let config: Config

    /// - Returns: completed with the proof as notes, or what became of it otherwise.
    func verify(
        _ command: [String], _ task: ClaimedTask, _ document: TaskDocument,
        progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let record = task.record
        let shown = command.joined(separator: " ")
        let queue = config.queues[record.queue]
        guard queue?.allowVerify == true else {
            return .blocked("`verify` is not allowed in the queue \(record.queue): set allow_verify: true in cai.yaml")
        }
        let env = queue?.env ?? Config.plainEnvironment
        if let missing = programs.missing(command, env: env, setting: "`verify` in the header", retry: record.name) {
            return .blocked(missing)
        }
        progress(TaskProgress(step: "verify", phase: "running `\(shown)`"))
        let call = Programs.Call(
            purpose: Self.purpose, command: command, env: env,
            timeout: document.frontMatter.timeout?.seconds ?? queue?.timeout, input: [])
        do {
            let report = try await programs.run(call, for: record)
            let output = PlainText.fenced(Self.tail(report.stdout + report.stderr))
            switch report.end {
            case .exited(0):
                let proof =
                    "- Verified: `\(shown)` exited with 0 after \(DurationWords.text(report.seconds)). Its last lines:\n\n"
                return .completed(summary: "", notes: proof + output)
            case .exited, .signalled, .timedOut, .idle, .tooMuchOutput:
                let last = PlainText.line(Self.tail(report.stdout + report.stderr, lines: 2), limit: 300)
                return .failed(
                    "not verified: `\(shown)` \(report.end.words): \(last.isEmpty ? "it printed nothing" : last)",
                    signature: "verify \(report.end.words)")
            case .stopped: return .stopped
            case .notStarted(let reason): return .blocked("`\(shown)` could not be started: \(reason)")
            case .inDoubt(let reason):
                return .failed("not verified: `\(shown)` is in doubt: \(reason)", signature: "verify in doubt")
            }
        } catch is CancellationError {
            return .detached
        } catch {
            return .blocked("\(error). After mending it, `caid retry \(record.name)`")
        }
    }

    private static func tail(_ bytes: [UInt8], lines: Int = 20) -> String {
        String(decoding: bytes.suffix(4000), as: UTF8.self).split(whereSeparator: \.isNewline).suffix(lines)
            .joined(separator: "\n")
    }
}
