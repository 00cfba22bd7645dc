// Owns the protocol through which every durable change of the workspace goes: few verbs, each one system call deep.
// Compound habits (write atomically, move durably) are built from these verbs in DurableFiles.swift.
// Never knows what a file means.

import SystemPackage

/// What a directory entry is, as lstat(2) sees it: links are never followed.
public enum FileKind: Sendable, Hashable {
    case regular, directory, link, other
}

/// Facts about one file. `modified` counts nanoseconds since 1970, which is what "unchanged" is judged by.
public struct FileStatus: Sendable, Hashable {
    public var kind: FileKind
    public var inode: UInt64
    /// Bytes.
    public var size: Int64
    public var modified: Int64
    public var mode: UInt16

    public init(kind: FileKind, inode: UInt64, size: Int64, modified: Int64, mode: UInt16) {
        (self.kind, self.inode, self.size, self.modified, self.mode) = (kind, inode, size, modified, mode)
    }
}

/// How a rename treats what already has the new name.
public enum RenameMode: Sendable {
    /// The old file of that name is replaced.
    case replace
    /// Fails with `Errno.fileExists`; nothing is changed.
    case exclusive
    /// Both names must exist; they swap their files in one step.
    case exchange
}

/// The file system as the daemon uses it. Every method either succeeds or throws an `Errno`.
public protocol FileOperations: Sendable {
    /// Names in a folder, unsorted, without `.` and `..`.
    func list(_ folder: FilePath) throws -> [String]
    /// lstat(2), or nil where nothing has that name.
    func status(_ path: FilePath) throws -> FileStatus?
    /// The whole of a regular file; refuses links, and files of more than `limit` bytes with `Errno.fileTooLarge`.
    func read(_ path: FilePath, limit: Int) throws -> [UInt8]
    /// Creates a file that must not exist, writes it, and fsyncs its contents (not its name).
    func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws
    func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws
    /// Gives a file a second name that must not exist.
    func link(_ from: FilePath, to: FilePath) throws
    /// Sets a file's permissions to exactly these, whatever mask new files are made with.
    func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws
    func remove(_ path: FilePath) throws
    /// One level; the parent must exist.
    func makeDirectory(_ path: FilePath) throws
    /// Whether some process has this regular file open for writing; false where the machine cannot tell.
    func isBeingWritten(_ path: FilePath) throws -> Bool
    /// Makes the names in a folder durable.
    func syncDirectory(_ path: FilePath) throws
}
