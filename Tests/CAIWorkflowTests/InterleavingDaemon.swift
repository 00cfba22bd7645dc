// Owns one daemon's hands in an interleaving: every change it makes goes through a gate at which it may die, or at which a
// person acts in between.
// Never lets a dead daemon do anything more.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport

/// Counts a daemon's changes; at some of them something happens.
final class InterleavingGate: Sendable {
    private struct State {
        var count = 0
        var death: Int?
        var visit: Int?
        var isDead = false
    }
    private let state = Mutex(State())
    /// A person acts.
    private let visit: @Sendable () -> Void

    init(visit: @escaping @Sendable () -> Void) { self.visit = visit }

    /// What happens during the next call: death before, or a visit at, so many changes from now.
    func plan(death: Int?, visit: Int?) {
        state.withLock { ($0.count, $0.death, $0.visit) = (0, death, visit) }
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    func look() throws { if isDead { throw Crash() } }

    func step() throws {
        let isVisit = try state.withLock { state in
            state.count += 1
            if state.count == state.death { state.isDead = true }
            if state.isDead { throw Crash() }
            return state.count == state.visit
        }
        if isVisit { visit() }
    }
}

/// The disk as a daemon uses it.
final class InterleavingFiles: FileOperations {
    private let files: PowerLossFiles
    private let gate: InterleavingGate
    private let mistake: InterleavingMistake?
    /// Whoever holds a file open comes to an end, once the daemon has seen that it is open.
    private let finishWriting: @Sendable () -> Void
    /// What the daemon has last read, for a daemon that believes it to stand there still.
    private let read = Mutex<[FilePath: [UInt8]]>([:])

    init(
        files: PowerLossFiles, gate: InterleavingGate, mistake: InterleavingMistake?,
        finishWriting: @escaping @Sendable () -> Void
    ) {
        (self.files, self.gate, self.mistake, self.finishWriting) = (files, gate, mistake, finishWriting)
    }

    func list(_ folder: FilePath) throws -> [String] {
        try gate.look()
        return try files.list(folder)
    }
    func status(_ path: FilePath) throws -> FileStatus? {
        try gate.look()
        return try files.status(path)
    }
    func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        try gate.look()
        let bytes = try files.read(path, limit: limit)
        if mistake == .saveIsOverwritten { read.withLock { $0[path] = bytes } }
        return bytes
    }
    func isBeingWritten(_ path: FilePath) throws -> Bool {
        try gate.step()
        guard try mistake != .openFilesAreNotSeen && files.isBeingWritten(path) else { return false }
        finishWriting()
        return true
    }
    func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        try gate.step()
        try files.createUnsynced(path, bytes: bytes, mode: mode)
        try gate.step()
        try files.syncFile(path)
    }
    func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws {
        try gate.step()
        try files.setPermissions(path, mode)
    }
    func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws {
        try gate.step()
        let isAmendment = to.string.contains(".amended-")
        switch mistake {
        case .takenNameIsReplaced where mode == .exclusive:
            try files.rename(from, to: FilePath(to.string.replacing("-2.md", with: ".md")), .replace)
        case .saveIsOverwritten where mode == .exchange:
            try files.rename(from, to: to, .replace)
            try files.create(from, bytes: read.withLock { $0[to] } ?? [], mode: .ownerReadWrite)
        case .amendmentIsLost where isAmendment && mode == .exclusive:
            try files.rename(from, to: to, .exclusive)
            try files.overwrite(to, Array("# Amended\n".utf8))
        default: try files.rename(from, to: to, mode)
        }
    }
    func link(_ from: FilePath, to: FilePath) throws {
        try gate.step()
        try files.link(from, to: to)
    }
    func remove(_ path: FilePath) throws {
        try gate.step()
        try files.remove(path)
    }
    func makeDirectory(_ path: FilePath) throws {
        try gate.step()
        try files.makeDirectory(path)
    }
    func syncDirectory(_ path: FilePath) throws {
        try gate.step()
        if mistake != .foldersAreNotSynced { try files.syncDirectory(path) }
    }
}
