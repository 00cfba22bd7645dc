// Owns counting the calls of a run, and dying at one of them.
// Never lets anything be done after that.

import Synchronization

/// Counts moments; from the chosen one on it throws.
public final class StepCounter: Sendable {
    private let count = Mutex(0)
    private let fatal: Int

    /// - Parameter fatal: the moment to die at, counted from 1; none by default.
    public init(dyingAt fatal: Int = .max) { self.fatal = fatal }

    /// How many moments there were.
    public var steps: Int { count.withLock { $0 } }

    public func step() throws {
        let now = count.withLock { count in
            count += 1
            return count
        }
        if now >= fatal { throw Crash() }
    }
}
