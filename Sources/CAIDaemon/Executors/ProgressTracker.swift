// Owns turning what the model's calls report into the task's progress, and the lines of the task's log.
// Never decides anything; it only tells.

import CAIGPU
import CAIPipeline
import CAISystem
import FoundationEssentials
import Synchronization

/// How far a task is, as the status files show it.
struct TaskProgress: Sendable {
    var step: String
    var phase: String
    /// 0…1, where it can be told.
    var fraction: Double?
    /// Seconds left.
    var eta: Double?
}

/// Turns the model calls' progress into the task's, and writes the task's log.
final class ProgressTracker: Sendable {
    private struct State {
        var estimate = ProgressEstimate([])
        var step = "starting"
        var begun: Date
    }
    private let state: Mutex<State>
    private let clock: any WallClock
    private let report: @Sendable (TaskProgress) -> Void
    private let output: TaskLog

    init(clock: any WallClock, report: @escaping @Sendable (TaskProgress) -> Void, output: TaskLog) {
        (self.clock, self.report, self.output) = (clock, report, output)
        state = Mutex(State(begun: clock.now()))
    }

    func begin(_ estimate: ProgressEstimate) {
        state.withLock {
            $0.estimate = estimate
            $0.begun = clock.now()
        }
    }

    func note(_ step: String, _ phase: String) {
        output.write("\(step): \(phase)")
        report(TaskProgress(step: step, phase: phase, fraction: 0))
    }

    func started(_ step: String) {
        output.write("\(step): started")
        tell(step: step, phase: "starting", inner: 0)
    }

    func update(_ call: ModelCall, _ job: JobProgress) {
        let part = job.total > 0 ? min(1, job.done / job.total) : 0
        // Loading and the like count in other units than the work: only the work moves the bar.
        let isWork = job.unit == "steps" || job.unit == "records"
        let inner = (Double(call.number) + (isWork ? part : 0)) / Double(max(1, call.total))
        let count = job.total > 0 ? " \(Int(job.done)) of \(Int(job.total))" : ""
        let loss = job.loss.map { ", loss \(($0 * 1000).rounded() / 1000)" } ?? ""
        tell(step: call.step, phase: "\(call.purpose): \(job.phase)\(count)\(loss)", inner: inner, isWork: isWork)
    }

    func finished(_ artifact: Artifact, run: String) {
        let reused = artifact.manifest.reused_from.map { " (from run \($0.run), nothing was done again)" } ?? ""
        output.write("\(artifact.manifest.step): \(artifact.manifest.headline)\(reused)")
        state.withLock { $0.estimate.finished(fresh: artifact.manifest.reused_from == nil) }
    }

    /// - Parameter isWork: whether the pipeline's own work goes on; how long getting ready takes, nobody can tell.
    private func tell(step: String, phase: String, inner: Double, isWork: Bool = true) {
        let now = clock.now()
        let progress = state.withLock { state in
            if state.step != step {
                state.step = step
                state.estimate.started(step)
            }
            let (fraction, eta) = state.estimate.state(inner: inner, elapsed: now.timeIntervalSince(state.begun))
            return TaskProgress(step: step, phase: phase, fraction: fraction, eta: isWork ? eta : nil)
        }
        output.progress(progress.phase)
        report(progress)
    }
}
