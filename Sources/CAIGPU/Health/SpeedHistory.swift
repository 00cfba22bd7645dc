// Owns a job's own speed: the median of what it has shown, and since when it has been far below that.
// Never counts a slow stretch into the median, which would make it usual; never grows without bound.

struct SpeedHistory: Sendable {
    /// Rates before anything is said of them.
    private static let fewest = 5
    private static let most = 512
    /// Units a second.
    private var rates: [Double] = []
    private var begin: (t: Double, done: Double)?
    /// Since when each measured rate has been under a quarter of the median, and the newest of them.
    private(set) var slow: (since: Double, rate: Double, median: Double)?

    /// Measures a rate each time a window is over.
    /// - Parameters:
    ///   - t: seconds, by the pod's clock.
    ///   - done: units so far.
    ///   - window: seconds.
    mutating func add(t: Double, done: Double, window: Double) {
        guard let start = begin, done >= start.done, t >= start.t else {
            begin = (t, done)
            return
        }
        guard t - start.t >= window, t > start.t else { return }
        begin = (t, done)
        let rate = (done - start.done) / (t - start.t)
        if rates.count >= Self.fewest, case let median = median, rate < median / 4 {
            slow = (slow?.since ?? start.t, rate, median)
        } else {
            slow = nil
            // Every other one goes, oldest and newest alike, so that the whole history keeps its weight.
            if rates.count >= Self.most { rates = rates.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
            rates.append(rate)
        }
    }

    private var median: Double { rates.sorted()[rates.count / 2] }
}
