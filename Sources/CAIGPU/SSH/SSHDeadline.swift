// Owns waiting on a descriptor: never longer than until a deadline, and never deaf to a cancellation for more than 100 ms.
// Never retries anything; it only says when to try.

import Glibc

/// A moment by which something must have happened.
struct SSHDeadline {
    let seconds: Double
    /// What is waited for, as the message says it: `no … within 10 s`.
    let what: String
    private let end: ContinuousClock.Instant

    init(seconds: Double, _ what: String) {
        // A year is as good as for ever, and does not overflow.
        let bounded = max(0, min(seconds, 31_536_000))
        (self.seconds, self.what, end) = (bounded, what, .now + .seconds(bounded))
    }

    var left: Duration { end - .now }
    var hasPassed: Bool { left <= .zero }

    /// The error of a deadline that has passed.
    var passed: GPUError {
        let shown = seconds < 10 ? "\((seconds * 10).rounded() / 10)" : "\(Int(seconds))"
        return GPUError(.unreachable, "no \(what) within \(shown) s")
    }

    /// - Throws: `.stopped` when the task was cancelled, `.unreachable` when the deadline has passed.
    func check() throws(GPUError) {
        if Task.isCancelled { throw GPUError(.stopped, "stopped while waiting for \(what)") }
        if hasPassed { throw passed }
    }

    /// Waits at most 100 ms for one of the poll(2) events.
    /// - Throws: as `check()`.
    func wait(for events: Int16, on descriptor: Int32) throws(GPUError) {
        try check()
        let left = max(.zero, left)
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        _ = poll(&entry, 1, left < .milliseconds(100) ? Int32(left / .milliseconds(1)) + 1 : 100)
    }
}
