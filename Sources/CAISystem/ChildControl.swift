// Owns what a parent of processes needs of Linux that Swift cannot call by itself: adopting orphaned descendants, and
// signals as bytes in a pipe, which poll(2) can wait for beside everything else.
// Never decides which process is ended, or why.

import CLinux
import Glibc
import SystemPackage

/// For a program whose only work is to look after other programs: both settings hold for the whole process.
public enum ChildControl {
    /// Descendants whose parent has ended become children of this process, also those in sessions of their own.
    /// - Throws: `Errno`.
    public static func adoptOrphans() throws {
        if clinux_become_subreaper() != 0 { throw Errno(rawValue: errno) }
    }

    /// A non-blocking descriptor to read from: one byte, the signal's number, for each arrival. Call once, and never close it:
    /// a signal that is written into a pipe without a reader ends the process.
    /// - Throws: `Errno`.
    public static func arrivals(of signals: [Int32]) throws -> FileDescriptor {
        let (read, write) = try FileDescriptor.pipe()
        for end in [read, write] {
            guard fcntl(end.rawValue, F_SETFL, O_NONBLOCK) == 0, fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
        for signal in signals where clinux_signal_into(signal, write.rawValue) != 0 { throw Errno(rawValue: errno) }
        return read
    }
}
