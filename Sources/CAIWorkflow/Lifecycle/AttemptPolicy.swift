// Owns what follows from how an attempt ended: completed, tried again after a pause, or blocked with words.
// A pure function of the result, what went before, and the time. Every retry has a pause, and every series an end.
// Never runs or moves anything.

import FoundationEssentials

/// How often and when a failed task is tried again.
public struct AttemptPolicy: Sendable {
    /// Further attempts after a failed one.
    var retries: Int
    /// Seconds before the first further attempt; doubled for each one after, up to ten minutes.
    var backoff = 5.0
    /// Holds in a row (a provider's quota) before a person is asked.
    static let mostWaits = 48

    public init(retries: Int) { self.retries = retries }

    /// - Parameters:
    ///   - previous: how the task's run before this one ended, where attempts are counted on.
    ///   - roadmap: the items that a success ticks.
    ///   - jitter: 0…1, spreads the retries of many tasks.
    /// - Returns: nil where the work has not ended.
    public func ending(
        after result: TaskResult, previous: TaskEnding?, roadmap: [String], now: Date, jitter: Double
    ) -> TaskEnding? {
        switch result {
        case .completed(let summary, let notes, let files):
            return TaskEnding(
                cause: .succeeded, at: now, summary: summary, notes: notes, roadmap: roadmap,
                files: files.isEmpty ? nil : files)
        case .blocked(let reason): return TaskEnding(cause: .obstructed, at: now, summary: reason)
        case .failed(let reason, let signature):
            return afterFailure(reason, signature, previous: previous, now: now, jitter: jitter)
        case .held(let hold): return afterHold(hold, previous: previous, now: now)
        case .stopped:
            var ending = TaskEnding(
                cause: .interrupted, at: now, summary: "stopped with a checkpoint; goes on when caid runs again")
            (ending.failures, ending.signature) = (previous?.failures, previous?.signature)
            return ending
        case .detached: return nil
        }
    }

    private func afterFailure(
        _ reason: String, _ signature: String, previous: TaskEnding?, now: Date, jitter: Double
    ) -> TaskEnding {
        let failures = (previous?.failures ?? 0) + 1
        let advice = "After mending it, `caid retry` it or move the file back to pending/"
        var ending: TaskEnding
        if previous?.signature == signature, failures > 1 {
            ending = TaskEnding(
                cause: .obstructed, at: now,
                summary: "failed the same way twice in a row, so it is not tried again: \(reason). \(advice)")
        } else if failures > retries {
            let count = failures == 1 ? "" : " \(failures) times, the last time"
            ending = TaskEnding(cause: .obstructed, at: now, summary: "failed\(count): \(reason). \(advice)")
        } else {
            let pause = min(600, backoff * Double(1 << min(failures - 1, 20))) * (1 + jitter / 10)
            let again = "attempt \(failures + 1) of \(retries + 1) follows"
            ending = TaskEnding(cause: .interrupted, at: now, summary: "failed: \(reason); \(again)")
            ending.hold = Hold(.backoff, until: now + pause, reason: "failed (\(reason)); \(again)")
        }
        (ending.failures, ending.signature) = (failures, signature)
        return ending
    }

    private func afterHold(_ hold: Hold, previous: TaskEnding?, now: Date) -> TaskEnding {
        let waits = (previous?.waits ?? 0) + 1
        if hold.kind != .review, waits > Self.mostWaits {
            return TaskEnding(
                cause: .obstructed, at: now,
                summary: "had to wait \(waits) times in a row: \(hold.reason). `caid retry` tries it again")
        }
        var ending = TaskEnding(cause: .interrupted, at: now, summary: hold.reason)
        (ending.hold, ending.waits) = (hold, waits)
        (ending.failures, ending.signature) = (previous?.failures, previous?.signature)
        return ending
    }
}
