// Owns the way from "this task has to stop" to its job, wherever that runs.
// Never ends a task; what its work ends with does.

import CAIGPU
import Synchronization

/// The controls of the tasks at work, by run.
final class JobControls: Sendable {
    private let controls = Mutex<[String: JobControl]>([:])

    /// A new one: an interruption is for the work that goes on, not for what is done again later.
    func begin(_ run: String) -> JobControl {
        let control = JobControl()
        controls.withLock { $0[run] = control }
        return control
    }

    func end(_ run: String) { controls.withLock { $0[run] = nil } }

    /// Stops the run's job with a checkpoint, also where it would run on without us.
    /// - Parameter forGood: whether nobody wants what it has made.
    func interrupt(_ run: String, _ reason: GPUError, forGood: Bool) {
        controls.withLock { $0[run] }?.interrupt(reason, forGood: forGood)
    }
}
