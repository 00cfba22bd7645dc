// Owns doing a task's work with whatever fits it: a pipeline, an agent program, a reviewer; then verifying it.
// Never moves a task file, and never decides what follows from a failure.

import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials

/// Runs one task, whatever it is.
struct TaskRunner: Sendable {
    let pipeline: PipelineExecutor
    let agent: AgentExecutor
    let reviewer: ReviewExecutor
    let verifier: Verifier
    let config: Config

    /// Does the work. Cancelling stops a pipeline with a checkpoint; a program runs on without us.
    func run(_ task: ClaimedTask, progress: @escaping @Sendable (TaskProgress) -> Void) async -> TaskResult {
        // Named without its folder, which it will have left when somebody reads the message.
        let (document, problems) = TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name)
        guard problems.isEmpty else {
            return .blocked("the header is malformed: " + problems.map(\.description).joined(separator: "; "))
        }
        let result = await work(task, document, progress)
        guard case .completed(let summary, let notes, let files) = result,
            let command = document.frontMatter.verify
        else { return result }
        return switch await verifier.verify(command, task, document, progress: progress) {
        case .completed(_, let proof, _):
            .completed(summary: "\(summary) (verified)", notes: notes + "\n" + proof, files: files)
        case let other: other
        }
    }

    /// Ends the program that works on a task, if one does.
    /// - Returns: whether a program works on it.
    func stopProgram(of record: TaskRecord) -> Bool {
        [AgentExecutor.purpose, ReviewExecutor.purpose, Verifier.purpose].contains {
            agent.programs.stop($0, of: record)
        }
    }

    private func work(
        _ task: ClaimedTask, _ document: TaskDocument, _ progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let queue = task.record.queue
        if let name = Workspace.reviewer(ofLane: queue) {
            return await reviewer.execute(task, reviewer: name, progress: progress)
        }
        if document.frontMatter.pipeline == nil, let settings = config.queues[queue], settings.executor == .agent {
            return await agent.execute(task, document, settings, progress: progress)
        }
        return await TaskLimits(timeout: document.frontMatter.timeout).run {
            await pipeline.execute(task, document, progress: progress)
        }
    }
}
