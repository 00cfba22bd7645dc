// Owns the few system calls that only tests make: pipes, child processes.
// Never waits for a process that it did not start.

import Glibc
import SystemPackage

func makePipe(_ path: FilePath) throws {
    if mkfifo(path.string, 0o600) != 0 { throw Errno(rawValue: errno) }
}

/// Writes a file in place, as `cat > file` and some editors do: emptied first, then, after a pause, written.
/// - Parameter pause: microseconds.
func writeInPlace(_ path: FilePath, _ bytes: [UInt8], pause: UInt32 = 0) throws {
    let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    if pause > 0 { usleep(pause) }
    _ = try file.closeAfter { try file.writeAll(bytes) }
}

/// Another process that holds a lock until it is killed.
final class LockingChild {
    let pid: pid_t
    private var isGone = false

    /// Returns once the child holds the lock.
    init(lock path: FilePath) throws {
        var ends: (Int32, Int32) = (0, 0)
        let made = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard made == 0 else { throw Errno(rawValue: errno) }
        // util-linux's flock(1) becomes the command with the lock held; `echo` says that it is.
        let words = [
            "/bin/sh", "-c", "exec 9<>\"$0\"; flock -n 9 || exit 1; echo $$ >&9; echo; exec sleep 600", path.string,
        ]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends.1, 1)
        posix_spawn_file_actions_addclose(&actions, ends.0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let result = posix_spawn(&child, "/bin/sh", &actions, nil, &arguments, environ)
        close(ends.1)
        defer { close(ends.0) }
        guard result == 0 else { throw Errno(rawValue: result) }
        var byte: UInt8 = 0
        guard Glibc.read(ends.0, &byte, 1) == 1 else { throw Errno.resourceTemporarilyUnavailable }
        pid = child
    }

    deinit { kill() }

    /// Kills it without mercy, and returns when it is gone.
    func kill() {
        if isGone { return }
        isGone = true
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }
}
