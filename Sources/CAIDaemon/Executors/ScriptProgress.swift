// Owns telling how far a script is: its output into the task's log, its progress and its newest words to the status files.
// Never believes that what a program prints is harmless: control characters go.

import CAIGPU
import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization

/// Turns what a script's job reports into the task's progress and log.
final class ScriptProgress: Sendable {
    private struct State {
        var fraction: Double?
        var eta: Double?
        /// The first progress that was seen: what came before says nothing about the speed.
        var first: (at: Duration, fraction: Double)?
    }
    private let state = Mutex(State())
    private let clock: any WallClock
    private let output: TaskLog
    private let report: @Sendable (TaskProgress) -> Void

    init(clock: any WallClock, output: TaskLog, report: @escaping @Sendable (TaskProgress) -> Void) {
        (self.clock, self.output, self.report) = (clock, output, report)
    }

    /// The daemon's own words.
    func note(_ words: String) {
        output.progress(words)
        tell(words)
    }

    func update(_ job: JobProgress) {
        switch job.unit {
        // What it has printed since the last time, or, without words, a sign that it is at work.
        case "tokens":
            let lines = job.phase.split(whereSeparator: \.isNewline).map { PlainText.line(String($0), limit: 1000) }
            for line in lines { output.write("| \(line)") }
            if let last = lines.last { tell(String(last.prefix(120))) } else { tell("running") }
        case "steps":
            let loss = job.loss.map { ", loss \(($0 * 1000).rounded() / 1000)" } ?? ""
            let count = job.total > 0 ? " \(Int(job.done)) of \(Int(job.total))" : " \(Int(job.done))"
            measure(job)
            note(PlainText.line(job.phase, limit: 120) + count + loss)
        default: note(PlainText.line(job.phase, limit: 200))
        }
    }

    private func measure(_ job: JobProgress) {
        guard job.total > 0 else { return }
        let now = clock.uptime()
        state.withLock { state in
            let fraction = min(1, max(0, job.done / job.total))
            let first = state.first ?? (now, fraction)
            let (seconds, gained) = ((now - first.at) / .seconds(1), fraction - first.fraction)
            (state.first, state.fraction) = (first, fraction)
            state.eta = gained > 0 ? seconds / gained * (1 - fraction) : nil
        }
    }

    private func tell(_ phase: String) {
        let (fraction, eta) = state.withLock { ($0.fraction, $0.eta) }
        report(TaskProgress(step: ScriptJob.step, phase: phase, fraction: fraction, eta: eta))
    }
}
