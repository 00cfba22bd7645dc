// Owns turning bytes into progress: rate, time left, four times a second at most.
// Never waits.

import Synchronization

/// Rate and time left, from looks at how much is done.
struct RateEstimate {
    /// Looks of the last seconds, oldest first.
    private var looks: [(time: Double, done: Int64)] = []
    /// Seconds over which the rate is taken.
    private let window = 5.0

    /// One more look.
    mutating func look(done: Int64, total: Int64, at now: Double) -> TransferProgress {
        looks.append((now, done))
        while looks.count > 2, now - looks[1].time >= window { looks.removeFirst() }
        guard let first = looks.first, now - first.time >= 0.5, done > first.done else {
            return TransferProgress(done: done, total: total)
        }
        let rate = Double(done - first.done) / (now - first.time)
        return TransferProgress(done: done, total: total, rate: rate, eta: Double(total - done) / rate)
    }
}

/// Counts bytes from several threads and tells one listener.
final class ProgressMeter: Sendable {
    private struct State {
        var done: Int64 = 0
        var moved: Int64 = 0
        var lastReport = -1.0
        var estimate = RateEstimate()
    }
    private let total: Int64
    private let state = Mutex(State())
    private let report: @Sendable (TransferProgress) -> Void

    init(total: Int64, report: @escaping @Sendable (TransferProgress) -> Void) {
        (self.total, self.report) = (total, report)
    }

    var moved: Int64 { state.withLock { $0.moved } }

    /// - Parameters:
    ///   - done: bytes that are here now; negative where some have to come again.
    ///   - moved: those of them that crossed the line.
    func add(done: Int64, moved: Int64 = 0) {
        let progress = state.withLock { state -> TransferProgress? in
            state.done += done
            state.moved += moved
            let now = monotonicSeconds()
            guard now - state.lastReport >= 0.25 || state.done == total else { return nil }
            state.lastReport = now
            return state.estimate.look(done: state.done, total: total, at: now)
        }
        if let progress { report(progress) }
    }
}
