// Owns telling how far a script is: its output into the task's log, once; its progress and its newest words to the status files.
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
        var phase = "running"
        /// Output of this job that the log holds already: who follows a job anew hears it from its beginning.
        var logged: ArraySlice<String>
    }
    private let state: Mutex<State>
    private let clock: any WallClock
    private let output: TaskLog
    private let report: @Sendable (TaskProgress) -> Void

    /// - Parameter logged: lines of this job's output that are in the log.
    init(
        clock: any WallClock, output: TaskLog, logged: [String] = [],
        report: @escaping @Sendable (TaskProgress) -> Void
    ) {
        (self.clock, self.output, self.report) = (clock, output, report)
        state = Mutex(State(logged: logged[...]))
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
            for line in lines where isNew(line) { output.write(ScriptLog.mark + line) }
            tell(lines.last.map { String($0.prefix(120)) })
        case "steps":
            let loss = job.loss.map { ", loss \(($0 * 1000).rounded() / 1000)" } ?? ""
            let count = job.total > 0 ? " \(Int(job.done)) of \(Int(job.total))" : " \(Int(job.done))"
            measure(job)
            note(PlainText.line(job.phase, limit: 120) + count + loss)
        default: note(PlainText.line(job.phase, limit: 200))
        }
    }

    /// As long as it repeats the log, it is what was heard before; another machine begins with other words.
    private func isNew(_ line: String) -> Bool {
        state.withLock { state in
            if state.logged.popFirst() == line { return false }
            state.logged = []
            return true
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

    private func tell(_ phase: String?) {
        let progress = state.withLock { state in
            state.phase = phase ?? state.phase
            return TaskProgress(step: ScriptJob.step, phase: state.phase, fraction: state.fraction, eta: state.eta)
        }
        report(progress)
    }
}
