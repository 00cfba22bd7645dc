// Owns flock(2): "who holds this lock is alive" is a promise of the kernel, so it can never be stale.
// Never used for data; the process id inside is only for messages.

import Glibc
import SystemPackage

/// An exclusive lock on a file, held until it is released or the process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: FileDescriptor

    private init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { try? descriptor.close() }

    /// Takes the lock, or returns nil where another process holds it.
    /// - Throws: `Errno` where the file cannot be opened or written.
    public static func acquire(_ path: FilePath) throws -> FileLock? {
        let file = try FileDescriptor.open(
            path, .readWrite, options: [.create, .noFollow, .closeOnExec], permissions: [.ownerReadWrite])
        do {
            guard try lock(file) else {
                try file.close()
                return nil
            }
            guard ftruncate(file.rawValue, 0) == 0 else { throw Errno(rawValue: errno) }
            _ = try file.writeAll(Array("\(getpid())\n".utf8))
        } catch {
            try? file.close()
            throw error
        }
        return FileLock(file)
    }

    /// Whoever asks for the holder has the lock for a moment, shared; that must not look like a holder.
    private static func lock(_ file: FileDescriptor) throws -> Bool {
        for attempt in 0..<20 {
            if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return true }
            let error = Errno(rawValue: errno)
            guard error == .wouldBlock else { throw error }
            if attempt < 19 { usleep(5000) }
        }
        return false
    }

    /// Who holds the lock now: the process id it wrote, 0 where it wrote none yet; nil where nobody does.
    public static func holder(of path: FilePath) -> Int32? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec]) else {
            return nil
        }
        defer { try? file.close() }
        if flock(file.rawValue, LOCK_SH | LOCK_NB) == 0 { return nil }
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = (try? buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: 0, into: $0) }) ?? 0
        return Int32(String(decoding: buffer[..<count], as: UTF8.self).filter(\.isNumber)) ?? 0
    }
}
