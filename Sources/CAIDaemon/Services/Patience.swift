// Owns how long something that the machine refuses is tried again: a few times with growing pauses, then no more.
// Never swallows the reason.

import FoundationEssentials

/// Pauses between attempts: 1, 2, 4, 8, 16 s; then the error.
struct Patience {
    private var pause = 1

    /// Waits before the next attempt.
    /// - Parameter say: told the pause in seconds.
    /// - Throws: the error itself, once there were enough attempts; `CancellationError`.
    mutating func wait(after error: any Error, say: (Int) -> Void) async throws {
        guard pause <= 16 else { throw error }
        say(pause)
        try await Task.sleep(for: .seconds(pause))
        pause *= 2
    }
}
