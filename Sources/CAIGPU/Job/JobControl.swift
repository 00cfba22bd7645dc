// Owns what a cancellation of a job means: that nobody follows it any more, or that it has to end.
// Never touches the job; the task that follows it is cancelled.

import Synchronization

/// What a cancellation of a job means, told from outside.
public final class JobControl: Sendable {
    private struct State {
        var interruption: GPUError?
        var isForGood = false
        var cancel: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    public init() {}

    /// Why the job has to stop with everything saved, wherever it runs; nil where it only is not followed any more.
    public var interruption: GPUError? { state.withLock { $0.interruption } }

    /// Whether nobody wants what the job has done.
    var isForGood: Bool { state.withLock { $0.isForGood } }

    /// Stops the job with a checkpoint, wherever it runs, and brings that home; its `run` then throws `reason`.
    /// - Parameter forGood: a person has cancelled it: what does not come home keeps no pod.
    public func interrupt(_ reason: GPUError, forGood: Bool = false) {
        let cancel = state.withLock { state in
            state.interruption = state.interruption ?? reason
            state.isForGood = state.isForGood || forGood
            return state.cancel
        }
        cancel?()
    }

    /// - Returns: false where it was interrupted before it began.
    func begin(_ cancel: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            state.cancel = cancel
            return state.interruption == nil
        }
    }

    func end() { state.withLock { $0.cancel = nil } }
}
