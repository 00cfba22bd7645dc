// Owns answering a review request with a reviewer program: its answer kept word for word, a task made of each finding.
// Never takes an error message or silence for an answer, and never changes one.

import CAISystem
import CAIWorkflow
import FoundationEssentials

/// Runs reviewer programs.
struct ReviewExecutor: Sendable {
    static let purpose = "reviewer"
    /// A report holds the end of longer output, and half an answer is none.
    private static let mostBytes = 1 << 20
    let programs: Programs
    let config: Config
    let clock: any WallClock
    let files = RealFiles()

    func execute(
        _ task: ClaimedTask, reviewer name: String, progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let record = task.record
        guard let reviewer = config.reviewers[name] else {
            return .blocked("there is no reviewer '\(name)' in cai.yaml: add reviewers.\(name).command")
        }
        let env = Config.plainEnvironment
        let setting = "reviewers.\(name).command"
        if let missing = programs.missing(
            reviewer.command, env: env, setting: setting, retry: "\(record.queue)/\(record.name)")
        {
            return .blocked(missing)
        }
        progress(TaskProgress(step: "review", phase: "\(reviewer.command[0]) is at work"))
        let call = Programs.Call(
            purpose: Self.purpose, command: reviewer.command, env: env, timeout: reviewer.timeout, input: task.bytes)
        do {
            let report = try await programs.run(call, for: record)
            let log = programs.workspace.display(programs.log(of: record))
            let outcome = AgentOutcome.of(report, now: clock.now())
            guard case .success = outcome else {
                return outcome.unsuccessful(of: "the reviewer \(name)", log: log, now: clock.now())
            }
            let answer = report.responseText
            // Byte for byte, where the answer is simply all that was printed.
            let text = answer == report.stdoutText ? report.stdout : Array(answer.utf8)
            guard report.stdout.count < Self.mostBytes else {
                return .failed(
                    "the reviewer \(name) printed more than an answer can hold; it is in \(log)", signature: "too long")
            }
            if let dead = ReviewOutput.judge(text) {
                return .failed(
                    "the reviewer \(name) gave no review: \(dead.why); its output is in \(log)",
                    signature: "dead review")
            }
            return answered(text, by: name, task)
        } catch is CancellationError {
            return .detached
        } catch {
            return .blocked("\(error). After mending it, `caid retry \(record.name)`")
        }
    }

    private func answered(_ text: [UInt8], by reviewer: String, _ task: ClaimedTask) -> TaskResult {
        let name = task.record.name
        let (request, _) = ReviewRequest.diagnose(task.bytes, name: name, file: name)
        let response = ReviewResponse.parse(text)
        let folder = programs.workspace.responses(reviewer: reviewer)
        // Answered before, under this name: that answer stays what it is.
        let file = (try? files.freeName(name, in: folder)) ?? name
        let path = programs.workspace.display(folder.appending(file))
        let assignee = request.assignTo ?? config.firstAgentQueue ?? "claude_code"
        let fixes = FixTask.all(
            for: response, request: name, reviewer: reviewer, responsePath: path, assignedTo: assignee, at: clock.now())
        let made =
            [NewFile(.response, owner: reviewer, name: file, contents: text)]
            + fixes.map { NewFile(.task, owner: assignee, name: $0.name, contents: $0.bytes) }
        let verdict = response.verdict
        var notes =
            "- Verdict: \(verdict.verdict.words): \(PlainText.line(verdict.why, limit: 300))\n- Response: `\(path)`\n"
        notes += ReviewStanding.note(ofRequest: name)
        for fix in fixes { notes += "\n- Made the task `\(fix.name)` in `tasks/\(assignee)/pending/`" }
        let count = fixes.isEmpty ? "no findings" : fixes.count == 1 ? "1 finding" : "\(fixes.count) findings"
        return .completed(
            summary: "answered by \(reviewer): \(verdict.verdict.words), \(count)", notes: notes, files: made)
    }
}

extension Verdict {
    /// For people.
    var words: String {
        switch self {
        case .approved: "approved"
        case .notApproved: "not approved"
        case .ambiguous: "ambiguous, which counts as not approved"
        }
    }
}
