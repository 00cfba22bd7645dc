// Owns doing a task's work with whatever fits it: a pipeline, a script, an agent program, a reviewer; then verifying it.
// Never moves a task file, and never decides what follows from a failure.

import CAIGPU
import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials

/// Runs one task, whatever it is.
struct TaskRunner: Sendable {
    let pipeline: PipelineExecutor
    let script: ScriptExecutor
    let agent: AgentExecutor
    let reviewer: ReviewExecutor
    let verifier: Verifier
    let config: Config
    let controls = JobControls()

    /// Does the work. Cancelling stops a job on this machine with a checkpoint; a program, and a job elsewhere, run on without
    /// us.
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

    /// Ends the work on a task, wherever it runs: a job with a checkpoint, a program with all it has started.
    /// - Returns: whether a program works on it, whose end is waited for.
    func stop(_ record: TaskRecord, _ why: String, forGood: Bool) -> Bool {
        controls.interrupt(record.run, GPUError(.stopped, why), forGood: forGood)
        return [AgentExecutor.purpose, ReviewExecutor.purpose, Verifier.purpose].contains {
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
        let header = document.frontMatter
        let isForPod = header.pipeline != nil || header.script != nil
        if !isForPod, let settings = config.queues[queue], settings.executor == .agent {
            return await agent.execute(task, document, settings, progress: progress)
        }
        return await onPod(task, document, progress)
    }

    private func onPod(
        _ task: ClaimedTask, _ document: TaskDocument, _ progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let (header, run) = (document.frontMatter, task.record.run)
        do throws(GPUError) {
            let seconds = pipeline.keeper.provider.features.bills ? pipeline.forecast(task.record) : nil
            try await pipeline.keeper.mayBegin(task: run, capUSD: header.maxUSD, seconds: seconds)
        } catch {
            return .blocked("\(error). Then `caid retry \(task.record.name)`")
        }
        let control = controls.begin(run)
        defer { controls.end(run) }
        let timeUp: @Sendable () -> Void = { control.interrupt(GPUError(.stopped, "stopped after its timeout")) }
        return await TaskLimits(timeout: header.timeout).run(stop: timeUp) {
            if header.script != nil || (header.pipeline == nil && config.queues[task.record.queue]?.executor == .script)
            {
                return await script.execute(task, document, control: control, progress: progress)
            }
            return await pipeline.execute(task, document, control: control, progress: progress)
        }
    }
}
