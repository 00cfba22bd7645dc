// Owns what a supervisor waits for: a signal, a change in its folder, or the next moment at which time alone matters.
// Never says what happened; who was woken looks at everything.

import CAISystem
import Glibc
import SystemPackage

/// Wakes a supervisor. One for the whole life of a process: signals are written into its pipe until the end.
final class SupervisorEvents {
    private let signals: FileDescriptor
    private let changes: FileDescriptor
    /// Whether this process was told to end.
    private(set) var isTerminationAsked = false

    /// - Throws: `Errno` where the machine has no descriptor or inotify instance left.
    init(folder: FilePath) throws {
        signals = try ChildControl.arrivals(of: [SIGCHLD, SIGTERM, SIGINT])
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        changes = FileDescriptor(rawValue: descriptor)
        guard inotify_add_watch(descriptor, folder.string, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)) >= 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// Returns at the next event, or after so many seconds; without a number, only at an event.
    func wait(seconds: Double?) {
        var sources = [signals, changes].map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
        // Rounded up, so that the limit has passed when we wake.
        let milliseconds = seconds.map { Int32(min(max($0 * 1000, 0) + 1, 86_400_000)) } ?? -1
        poll(&sources, 2, milliseconds)
        let arrived = drain(signals)
        if arrived.contains(where: { Int32($0) != SIGCHLD }) { isTerminationAsked = true }
        _ = drain(changes)
    }

    private func drain(_ file: FileDescriptor) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            all += buffer[..<count]
        }
        return all
    }
}
