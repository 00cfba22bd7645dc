// Owns a file system that lets a test act in between: before or after each changing call.
// Never changes what a call does; what the test's function throws is what the caller sees.

import CAISystem
import SystemPackage

/// When a test's function is called.
public enum Moment: Sendable, Hashable {
    case before, after
}

/// The real files, with a function called around every verb that a save or a death may come between.
public struct InterposedFiles: FileOperations {
    private let files = RealFiles()
    private let around: @Sendable (Moment, _ verb: String) throws -> Void

    public init(around: @escaping @Sendable (Moment, _ verb: String) throws -> Void) { self.around = around }

    private func act<Value>(_ verb: String, _ body: () throws -> Value) throws -> Value {
        try around(.before, verb)
        let value = try body()
        try around(.after, verb)
        return value
    }

    public func list(_ folder: FilePath) throws -> [String] { try files.list(folder) }
    public func status(_ path: FilePath) throws -> FileStatus? { try files.status(path) }

    public func isBeingWritten(_ path: FilePath) throws -> Bool {
        try act("isBeingWritten") { try files.isBeingWritten(path) }
    }
    public func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        try act("read") { try files.read(path, limit: limit) }
    }
    public func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        try act("create") { try files.create(path, bytes: bytes, mode: mode) }
    }
    public func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws {
        try act("setPermissions") { try files.setPermissions(path, mode) }
    }
    public func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws {
        try act("rename") { try files.rename(from, to: to, mode) }
    }
    public func link(_ from: FilePath, to: FilePath) throws { try act("link") { try files.link(from, to: to) } }
    public func remove(_ path: FilePath) throws { try act("remove") { try files.remove(path) } }
    public func makeDirectory(_ path: FilePath) throws { try act("makeDirectory") { try files.makeDirectory(path) } }
    public func syncDirectory(_ path: FilePath) throws { try act("syncDirectory") { try files.syncDirectory(path) } }
}

/// A crash: at one call, and at every call after it, since the dead do nothing more.
public struct Crash: Error {
    public init() {}
}
