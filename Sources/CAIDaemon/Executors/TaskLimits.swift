// Owns a task's own limits: how long it may take in all, and how often a failed job is tried again.
// Never looks at what the work is; a closed gate or a wrong parameter is not a failure that another try would mend.

import CAIWorkflow
import CAIYAML

/// `timeout` and `retries` of a task's header.
struct TaskLimits: Sendable {
    /// For all tries together.
    var timeout: DurationText?
    var retries: Int
    /// Seconds before the first further try; doubled for each one after, with up to a tenth of jitter.
    var backoff = 5.0

    /// Does the work within the limits.
    /// - Parameter waiting: told before each further try.
    func run(
        _ work: @escaping @Sendable () async -> TaskResult, waiting: @escaping @Sendable (String) -> Void
    ) async -> TaskResult {
        guard let timeout else { return await tries(work, waiting: waiting) }
        return await withTaskGroup(of: TaskResult?.self) { group in
            group.addTask { await tries(work, waiting: waiting) }
            group.addTask {
                try? await Task.sleep(for: timeout.duration)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // The time is up, or we were told to stop: either way the work stops with what it has saved.
            let last = await group.next() ?? nil
            guard case .stopped? = last, !Task.isCancelled else { return last ?? .stopped }
            return .blocked(
                "stopped after its timeout of \(timeout), with a checkpoint; set a longer one in the header and move the file "
                    + "back to pending/ to go on from there")
        }
    }

    private func tries(
        _ work: @Sendable () async -> TaskResult, waiting: @Sendable (String) -> Void
    ) async -> TaskResult {
        var pause = backoff
        var result = await work()
        for number in 0..<retries {
            guard case .failed(let reason) = result else { break }
            waiting("failed (\(reason)); try \(number + 2) of \(retries + 1) in \(Int(pause)) s")
            do { try await Task.sleep(for: .seconds(pause * Double.random(in: 1...1.1))) } catch { return .stopped }
            pause = min(pause * 2, 600)
            result = await work()
        }
        return result
    }
}
