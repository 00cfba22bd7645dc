// Owns what other programs do to a disk and the daemon never does: write in place, hold a file open, make links, forget
// to sync. So a test plays the person, and a naive daemon.
// Never durable by itself.

import SystemPackage

extension PowerLossFiles {
    /// A file that some program has open for writing; it stays this file whatever its name becomes.
    public struct Writer: Sendable {
        let inode: UInt64
    }

    /// The first half of `create`: after a power loss the file may be missing, empty or whole.
    public func createUnsynced(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        let inode = try place(.regular, at: path, mode: UInt16(mode.rawValue) & ~0o022)
        write(Writer(inode: inode), bytes)
    }

    /// fsync(2) of a file's contents, not of its name.
    public func syncFile(_ path: FilePath) throws {
        try disk.withLock { disk in disk.sync(contentsOf: try disk.live.followed(path).inode) }
    }

    /// Writes a file in place, made where it is missing: after a power loss it may hold the old bytes, none or the new.
    public func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws {
        if try status(path) == nil {
            return try createUnsynced(path, bytes: bytes, mode: FilePermissions(rawValue: 0o644))
        }
        let writer = try open(path)
        write(writer, [])
        write(writer, bytes)
        close(writer)
    }

    public func open(_ path: FilePath) throws -> Writer {
        try disk.withLock { disk in
            let (inode, node) = try disk.live.followed(path)
            if node.kind == .directory { throw Errno.isDirectory }
            disk.writers[inode, default: 0] += 1
            return Writer(inode: inode)
        }
    }

    /// Replaces the open file's bytes.
    public func write(_ writer: Writer, _ bytes: [UInt8]) {
        let now = clock.nanoseconds
        disk.withLock { _ = $0.perform([.contents(inode: writer.inode, bytes: bytes, at: now)]) }
    }

    public func close(_ writer: Writer) {
        disk.withLock { disk in
            let others = (disk.writers[writer.inode] ?? 1) - 1
            disk.writers[writer.inode] = others > 0 ? others : nil
            disk.collect()
        }
    }

    /// A link that leads nowhere.
    public func makeLink(_ path: FilePath) throws { try place(.link, at: path, mode: 0o777) }

    /// A named pipe.
    public func makePipe(_ path: FilePath) throws { try place(.other, at: path, mode: 0o600) }
}
