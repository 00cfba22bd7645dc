// Owns carrying out a task with an agent program: the task's text on its standard input, its output in the task's log.
// Never moves a task file, never decides whether to try again.

import CAISystem
import CAIWorkflow
import FoundationEssentials

/// Runs agent programs.
struct AgentExecutor: Sendable {
    static let purpose = "agent"
    let programs: Programs
    let clock: any WallClock

    func execute(
        _ task: ClaimedTask, _ document: TaskDocument, _ queue: Config.Queue,
        progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let record = task.record
        let setting = "queues.\(record.queue).command"
        if let missing = programs.missing(queue.command, env: queue.env, setting: setting, retry: record.name) {
            return .blocked(missing)
        }
        let call = Programs.Call(
            purpose: Self.purpose, command: queue.command, env: queue.env,
            timeout: document.frontMatter.timeout?.seconds ?? queue.timeout, idleTimeout: queue.idleTimeout,
            input: task.bytes)
        progress(TaskProgress(step: "agent", phase: "\(queue.command[0]) is at work; its output is in \(log(record))"))
        do {
            let report = try await programs.run(call, for: record)
            return result(AgentOutcome.of(report, now: clock.now()), report, record, queue)
        } catch is CancellationError {
            return .detached
        } catch {
            return .blocked("\(error). After mending it, `caid retry \(record.name)`")
        }
    }

    private func result(
        _ outcome: AgentOutcome, _ report: ProcessReport, _ record: TaskRecord, _ queue: Config.Queue
    ) -> TaskResult {
        if case .success(let summary) = outcome {
            let notes =
                "- Result: \(summary)\n- Agent: `\(queue.command.joined(separator: " "))`, "
                + "\(DurationWords.text(report.seconds)); all it printed: `\(log(record))`"
            return .completed(summary: summary, notes: notes)
        }
        return outcome.unsuccessful(of: "the agent", log: log(record), now: clock.now())
    }

    private func log(_ record: TaskRecord) -> String { programs.workspace.display(programs.log(of: record)) }
}
