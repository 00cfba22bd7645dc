// Owns how long work on the pod may take in all.
// Never looks at what the work is.

import CAIWorkflow
import CAIYAML

/// `timeout` of a task's header.
struct TaskLimits: Sendable {
    var timeout: DurationText?

    /// Does the work within the limit.
    /// - Parameter stop: called when the time is up, before the work is cancelled.
    func run(stop: @escaping @Sendable () -> Void = {}, _ work: @escaping @Sendable () async -> TaskResult) async
        -> TaskResult
    {
        guard let timeout else { return await work() }
        return await withTaskGroup(of: TaskResult?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(for: timeout.duration)
                return nil
            }
            let first = await group.next() ?? nil
            if first == nil, !Task.isCancelled { stop() }
            group.cancelAll()
            if let first { return first }
            // The time is up, or we were told to stop: either way the work stops with what it has saved.
            let last = await group.next() ?? nil
            guard case .stopped? = last, !Task.isCancelled else { return last ?? .stopped }
            return .blocked(
                "stopped after its timeout of \(timeout), with a checkpoint; set a longer one in the header and `caid retry` it "
                    + "to go on from there")
        }
    }
}
