// Owns the sweep of a daemon's life over power losses: after each of its steps, every state in which the disk may come back,
// a new life on each, and the same once more for that life.
// Never decides what a sound world is; the scenario does.

import CAISystem
import CAIWorkflow
import Foundation
import Synchronization
import SystemPackage
import TestSupport

/// Everything that outlives a daemon: the disk, and what its journal holds.
struct PowerLossWorld: Sendable {
    let files: PowerLossFiles
    let memory: MemoryStore.Memory

    init(files: PowerLossFiles, memory: MemoryStore.Memory = MemoryStore.Memory()) {
        (self.files, self.memory) = (files, memory)
    }

    func copy() -> PowerLossWorld { crashed(files.copy()) }

    /// This world's memory with another disk.
    func crashed(_ disk: PowerLossFiles) -> PowerLossWorld {
        let held = memory.state.withLock { $0 }
        let copy = MemoryStore.Memory()
        copy.state.withLock { $0 = held }
        return PowerLossWorld(files: disk, memory: copy)
    }

    var records: [TaskRecord] { memory.state.withLock { $0.records } }
    var events: [String] { memory.state.withLock { $0.events } }
}

/// A world at one moment, as a test reads it.
struct PowerLossView {
    /// Every regular file: its path and its text.
    let texts: [String: String]
    let records: [TaskRecord]
    let events: [String]
    let renames: RenameDurability
    /// The same for two worlds that differ in nothing but the random parts of the names of temporary files.
    let fingerprint: [String]

    init(_ world: PowerLossWorld) {
        let files = world.files.entries().filter { $0.value.kind == .regular }
        texts = files.mapValues { String(decoding: $0.bytes, as: UTF8.self) }
        (records, events, renames) = (world.records, world.events, world.files.renames)
        var names: [UInt64: [String]] = [:]
        for (path, file) in files { names[file.inode, default: []].append(Self.withoutSalt(path)) }
        fingerprint =
            texts.map { "\(Self.withoutSalt($0))\u{0}\($1)" }.sorted()
            + world.records.map { record in
                "\(record.name) \(record.state) \(record.run) \(record.claims) \(record.claimedAt.timeIntervalSince1970) "
                    + "\(String(describing: record.ending?.at)) \(names[record.inode]?.sorted() ?? [])"
            }
    }

    /// The texts below a folder, by their paths in it.
    func texts(below folder: String) -> [(name: String, text: String)] {
        texts.filter { $0.key.hasPrefix(folder + "/") }.map { (String($0.key.dropFirst(folder.count + 1)), $0.value) }
            .sorted { $0.name < $1.name }
    }

    private static func withoutSalt(_ path: String) -> String {
        guard path.hasSuffix(".tmp") else { return path }
        let folder = path.prefix { $0 != "." }
        let parts = path.dropFirst(folder.count).split(separator: ".")
        return folder + (parts.count < 4 ? ".tmp" : parts.dropLast(2).joined(separator: "."))
    }
}

/// The disk with a function called after every change, and in the middle of a creation.
struct StepwiseFiles: FileOperations {
    let files: PowerLossFiles
    /// False for a daemon that is caught by it.
    var syncsFolders = true
    let afterChange: @Sendable () -> Void

    private func change(_ body: () throws -> Void) throws {
        defer { afterChange() }
        try body()
    }

    func list(_ folder: FilePath) throws -> [String] { try files.list(folder) }
    func status(_ path: FilePath) throws -> FileStatus? { try files.status(path) }
    func read(_ path: FilePath, limit: Int) throws -> [UInt8] { try files.read(path, limit: limit) }
    func isBeingWritten(_ path: FilePath) throws -> Bool { try files.isBeingWritten(path) }
    func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        try change { try files.createUnsynced(path, bytes: bytes, mode: mode) }
        try change { try files.syncFile(path) }
    }
    func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws {
        try change { try files.setPermissions(path, mode) }
    }
    func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws {
        try change { try files.rename(from, to: to, mode) }
    }
    func link(_ from: FilePath, to: FilePath) throws { try change { try files.link(from, to: to) } }
    func remove(_ path: FilePath) throws { try change { try files.remove(path) } }
    func makeDirectory(_ path: FilePath) throws { try change { try files.makeDirectory(path) } }
    func syncDirectory(_ path: FilePath) throws {
        try change { if syncsFolders { try files.syncDirectory(path) } }
    }
    func syncFile(_ path: FilePath) throws { try change { try files.syncFile(path) } }
    func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws { try change { try files.overwrite(path, bytes) } }
}

/// What a daemon sees of its world while it is watched.
struct WatchedWorld {
    var files: StepwiseFiles
    let store: MemoryStore
    let clock: FixedClock
}

/// Power losses at every step of a life, and of the life after it.
struct PowerLossSweep {
    /// From the start of a daemon to its end.
    let life: (WatchedWorld) throws -> Void
    /// What is wrong with a world: right after a power loss, or at rest, when a life has ended undisturbed.
    let faults: (PowerLossView, _ isAtRest: Bool) -> [String]
    /// Of the worlds that were left by two power losses, one in so many is lived in to the end.
    var oneIn = ProcessInfo.processInfo.environment["CAID_CRASH"] == "full" ? 1 : 8

    /// Distinct worlds that power losses left, and what was found wrong with them or with the lives in them.
    struct Result {
        var losses = 0
        var lossesInRecovery = 0
        var faults: [String] = []

        /// Adds a row to the matrix in docs/crash-safety.md, where scripts/crash-matrix.sh asks for it.
        /// - Parameter scenario: with how the disk renames.
        func note(_ scenario: String) throws {
            guard let path = ProcessInfo.processInfo.environment["CAID_CRASH_MATRIX"] else { return }
            let states = losses + lossesInRecovery
            let right = faults.isEmpty ? "\(states)" : "found out: \(faults.count) faults and more"
            let row = "| \(scenario) | every step | power loss | \(states) | \(right) |\n"
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data(row.utf8))
            try file.close()
        }

        var summary: String { "\(faults.count) faults:\n" + faults.prefix(8).joined(separator: "\n") }
    }

    private static let start = 1_795_224_600.0

    func run(from world: PowerLossWorld) throws -> Result {
        var result = Result()
        var seen: Set<[String]> = []
        for (step, left) in try losses(during: world, day: 0, "no loss", &seen, &result.faults).enumerated() {
            result.losses += 1
            for again in try losses(during: left, day: 1, "loss \(step)", &seen, &result.faults) {
                result.lossesInRecovery += 1
                if result.faults.count > 50 { return result }
                guard result.lossesInRecovery % oneIn == 0 else { continue }
                result.faults += try live(again, day: 2, "loss \(step) and another").faults
            }
        }
        return result
    }

    /// Lives once, and gives back every new world that a power loss may leave meanwhile.
    private func losses(
        during world: PowerLossWorld, day: Int, _ label: String, _ seen: inout Set<[String]>, _ found: inout [String]
    ) throws -> [PowerLossWorld] {
        let life = try live(world, day: day, label)
        found += life.faults
        var left: [PowerLossWorld] = []
        for moment in life.moments {
            let states = moment.files.crashStates(limit: 512)
            if states.count == 512 { found.append("\(label): more states than are looked at") }
            for crashed in states.map(moment.crashed) {
                let view = PowerLossView(crashed)
                guard seen.insert(view.fingerprint).inserted else { continue }
                found += faults(view, false).map { "\(label), power lost: \($0)" }
                left.append(crashed)
            }
        }
        return left
    }

    /// Lives undisturbed to the end, and judges it.
    /// - Returns: the world after every step, and what is wrong with the last.
    private func live(
        _ world: PowerLossWorld, day: Int, _ label: String
    ) throws -> (moments: [PowerLossWorld], faults: [String]) {
        let world = world.copy()
        let moments = Mutex([world.copy()])
        let mark: @Sendable () -> Void = { moments.withLock { $0.append(world.copy()) } }
        let watched = WatchedWorld(
            files: StepwiseFiles(files: world.files, afterChange: mark),
            store: MemoryStore(world.memory, around: mark), clock: FixedClock(Self.start + Double(day) * 100))
        var found: [String] = []
        do { try life(watched) } catch { found.append("\(label): the life ends with \(error)") }
        found += faults(PowerLossView(world), true).map { "\(label), at rest: \($0)" }
        return (moments.withLock { $0 }, found)
    }
}
