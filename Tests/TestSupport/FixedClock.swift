// Owns a clock that stands still until a test moves it.
// Never looks at the machine's.

import CAISystem
import FoundationEssentials
import Synchronization

/// Virtual time.
public final class FixedClock: WallClock {
    private let seconds: Mutex<(now: Double, uptime: Double)>

    /// - Parameter seconds: since 1970; by default some second in November 2026.
    public init(_ seconds: Double = 1_795_224_600.125) { self.seconds = Mutex((seconds, 1000)) }

    public func now() -> Date { Date(timeIntervalSince1970: seconds.withLock { $0.now }) }

    public func uptime() -> Duration { .seconds(seconds.withLock { $0.uptime }) }

    /// Lets time pass.
    public func advance(_ by: Double) {
        seconds.withLock {
            $0.now += by
            $0.uptime += by
        }
    }

    /// Sets the time of day, forwards or back, while no time passes.
    public func set(by difference: Double) { seconds.withLock { $0.now += difference } }
}
