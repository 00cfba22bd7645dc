// Owns the real file system behind `FileOperations`: one system call a verb, interrupted calls repeated.
// Never follows a link in the last component of a path.

import CLinux
import Glibc
import SystemPackage

/// The machine's file system.
public struct RealFiles: FileOperations {
    public init() {}

    public func list(_ folder: FilePath) throws -> [String] {
        guard let stream = opendir(folder.string) else { throw Errno(rawValue: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // The end of the folder and an error look the same but for errno, which anything in between may set.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw Errno(rawValue: errno) }
        return names
    }

    public func status(_ path: FilePath) throws -> FileStatus? {
        var raw = stat()
        if lstat(path.string, &raw) != 0 {
            let error = Errno(rawValue: errno)
            if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
            throw error
        }
        let kind: FileKind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        return FileStatus(
            kind: kind, inode: UInt64(raw.st_ino), size: Int64(raw.st_size),
            modified: Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec),
            mode: UInt16(raw.st_mode & 0o7777))
    }

    public func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        // Non-blocking, so that a named pipe somebody left in a folder cannot hang the daemon.
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
        return try file.closeAfter {
            var raw = stat()
            guard fstat(file.rawValue, &raw) == 0 else { throw Errno(rawValue: errno) }
            guard raw.st_mode & S_IFMT == S_IFREG else { throw Errno.invalidArgument }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(min(Int(raw.st_size), limit) + 1)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
                bytes += buffer[..<count]
                if bytes.count > limit { throw Errno.fileTooLarge }
            }
            return bytes
        }
    }

    public func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec], permissions: mode)
        try file.closeAfter {
            _ = try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    public func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws {
        let result =
            switch mode {
            case .replace: Glibc.rename(from.string, to.string)
            case .exclusive: clinux_rename_noreplace(from.string, to.string)
            case .exchange: clinux_rename_exchange(from.string, to.string)
            }
        if result != 0 { throw Errno(rawValue: errno) }
    }

    public func link(_ from: FilePath, to: FilePath) throws {
        if Glibc.link(from.string, to.string) != 0 { throw Errno(rawValue: errno) }
    }

    public func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws {
        if chmod(path.string, mode.rawValue) != 0 { throw Errno(rawValue: errno) }
    }

    public func remove(_ path: FilePath) throws {
        if unlink(path.string) == 0 { return }
        // unlink(2) says EISDIR on Linux where a folder stands.
        if errno == EISDIR, rmdir(path.string) == 0 { return }
        throw Errno(rawValue: errno)
    }

    public func makeDirectory(_ path: FilePath) throws {
        if mkdir(path.string, 0o777) != 0 { throw Errno(rawValue: errno) }
    }

    public func isBeingWritten(_ path: FilePath) throws -> Bool {
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
        return try file.closeAfter { clinux_has_writer(file.rawValue) == 1 }
    }

    public func syncDirectory(_ path: FilePath) throws {
        let folder = try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])
        try folder.closeAfter {
            guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }
}
