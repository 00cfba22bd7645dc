// Owns when the daemon looks at a program's folder again: a change in it, a time that was asked for, or somebody's word.
// Never says what changed.

import CAISystem
import Synchronization
import SystemPackage

/// Wakes one watcher of one folder.
final class ProcessWakeups: Sendable {
    /// One element at once, and then one whenever it is time to look.
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let watcher: Task<Void, Never>?
    private let timer = Mutex<Task<Void, any Error>?>(nil)

    init(folder: FilePath) {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.stream, self.continuation) = (stream, continuation)
        let hints = try? DirectoryHints()
        hints?.watch(folder)
        watcher = hints.map { hints in
            Task { for await _ in hints.wakeups { continuation.yield() } }
        }
        wake()
    }

    deinit {
        watcher?.cancel()
        timer.withLock { $0?.cancel() }
        continuation.finish()
    }

    func wake() { continuation.yield() }

    /// In so many seconds, in place of what was said before. Without inotify the timer has to be quick enough alone.
    func wake(after seconds: Double) {
        let seconds = watcher == nil ? min(seconds, 1) : seconds
        timer.withLock { timer in
            timer?.cancel()
            timer = Task { [continuation] in
                try await Task.sleep(for: .seconds(seconds))
                continuation.yield()
            }
        }
    }
}
