// Owns the cap on bytes per second, which all connections of a transfer share.
// Never sleeps longer than a cancellation may take to be noticed.

import Glibc
import Synchronization

/// A bucket that fills with time and is emptied by bytes.
struct TokenBucket {
    /// Bytes per second; 0 is no cap.
    let rate: Double
    /// When the last byte so far may have passed, in seconds of some clock.
    private var paidUntil = 0.0

    init(rate: Double) { self.rate = rate }

    /// Takes bytes, and says how many seconds to wait before going on. A tenth of a second may come at once.
    mutating func take(_ bytes: Int, at now: Double) -> Double {
        guard rate > 0 else { return 0 }
        paidUntil = max(paidUntil, now - 0.1) + Double(bytes) / rate
        return max(0, paidUntil - now)
    }
}

/// The cap as the connections' threads meet it.
final class Pace: Sendable {
    private let bucket: Mutex<TokenBucket>
    private let isCapped: Bool

    /// - Parameter rate: bytes per second; 0 is no cap.
    init(rate: Int) {
        bucket = Mutex(TokenBucket(rate: Double(rate)))
        isCapped = rate > 0
    }

    /// Waits until so many more bytes may pass.
    /// - Throws: `.stopped`.
    func take(_ bytes: Int) throws(GPUError) {
        guard isCapped else { return }
        var left = bucket.withLock { $0.take(bytes, at: monotonicSeconds()) }
        while left > 0 {
            if Task.isCancelled { throw GPUError(.stopped, "the transfer was stopped") }
            usleep(UInt32(min(left, 0.05) * 1e6))
            left -= 0.05
        }
    }
}

/// Seconds of the clock that nobody sets.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
