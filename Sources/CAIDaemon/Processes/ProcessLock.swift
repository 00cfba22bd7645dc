// Owns the lock of a program's folder: held exclusively by the supervisor and the program, so that who cannot share it
// knows that something runs. Those who only look share it among themselves, and no supervisor can begin meanwhile.
// Never creates the file: a folder that is being removed must not come back to life.

import Glibc
import SystemPackage

/// A lock that lasts until the last reference to it, here and in every process that inherited it, is gone.
final class ProcessLock: Sendable {
    let descriptor: FileDescriptor

    private init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    /// For who looks: nil where a supervisor or its program holds the lock.
    /// - Throws: `Errno`, of a file that is gone too.
    static func shared(_ path: FilePath) throws -> ProcessLock? { try take(path, .readOnly, LOCK_SH) }

    /// For a supervisor. Whoever looks has the lock for a moment; that must not look like another supervisor.
    /// - Throws: `Errno`, of a file that is gone too.
    static func exclusive(_ path: FilePath) throws -> ProcessLock? {
        for _ in 0..<20 {
            // Opened for writing, so that inotify tells when it is let go.
            if let lock = try take(path, .readWrite, LOCK_EX) { return lock }
            usleep(5000)
        }
        return nil
    }

    private static func take(
        _ path: FilePath, _ mode: FileDescriptor.AccessMode, _ operation: Int32
    ) throws -> ProcessLock? {
        let lock = ProcessLock(try FileDescriptor.open(path, mode, options: [.noFollow, .closeOnExec]))
        if flock(lock.descriptor.rawValue, operation | LOCK_NB) == 0 { return lock }
        let error = Errno(rawValue: errno)
        if error == .wouldBlock { return nil }
        throw error
    }
}
