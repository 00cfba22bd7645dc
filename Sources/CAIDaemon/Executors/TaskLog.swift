// Owns `status/logs/<task>.log`: what happened while a task ran, line by line, with times.
// Never the record of anything; the journal and the task file are. A log that cannot be written stops nothing.

import CAISystem
import FoundationEssentials
import Synchronization
import SystemPackage

/// Appends lines to a task's log.
final class TaskLog: Sendable {
    private let file: FileDescriptor?
    private let clock: any WallClock
    private let lastProgress = Mutex((at: Date.distantPast, line: ""))

    init(_ path: FilePath, clock: any WallClock) {
        self.clock = clock
        try? RealFiles().makeDirectories(path.removingLastComponent())
        file = try? FileDescriptor.open(
            path, .writeOnly, options: [.append, .create, .noFollow, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }

    deinit { try? file?.close() }

    func write(_ line: String) {
        let flat = String(line.map { $0.isNewline ? " " : $0 })
        _ = try? file?.writeAll(Array("\(clock.now().instantText) \(flat)\n".utf8))
    }

    /// A line of progress, at most one in five seconds, and the same once a minute.
    func progress(_ line: String) {
        let now = clock.now()
        let isDue = lastProgress.withLock { last in
            guard now.timeIntervalSince(last.at) >= (line == last.line ? 60 : 5) else { return false }
            last = (now, line)
            return true
        }
        if isDue { write(line) }
    }
}
