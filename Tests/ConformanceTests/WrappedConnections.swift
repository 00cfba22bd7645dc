// Owns connections that watch or alter another one.
// Never answers in its place.

import Synchronization
import SystemPackage

@testable import CAIGPU

/// Counts the commands that cross the line.
final class CountingConnection: PodConnection {
    private let inner: any PodConnection
    private let count = Mutex(0)

    init(_ inner: any PodConnection) { self.inner = inner }

    var commands: Int { count.withLock { $0 } }
    var workdir: FilePath { inner.workdir }
    var workerCommand: [String] { inner.workerCommand }

    private func add() { count.withLock { $0 += 1 } }

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        add()
        return try await inner.run(command, deadline: deadline)
    }

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        add()
        return try await inner.converse(command, patience: patience, body)
    }

    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        add()
        return try await inner.read(path, from: offset, limit: limit)
    }

    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> {
        add()
        return inner.changes(of: path, atLeastEvery: seconds)
    }

    func makeFolder(_ path: FilePath) async throws(GPUError) {
        add()
        try await inner.makeFolder(path)
    }

    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {
        add()
        try await inner.upload(bytes: bytes, to: path)
    }

    func close() async { await inner.close() }
}

/// A machine that differs from the real one: where it is to work, or what each command is run by.
struct AlteredConnection: PodConnection {
    private let inner: any PodConnection
    private let before: [String]
    let workdir: FilePath

    init(_ inner: any PodConnection, before: [String] = [], workdir: FilePath? = nil) {
        (self.inner, self.before, self.workdir) = (inner, before, workdir ?? inner.workdir)
    }

    var workerCommand: [String] { inner.workerCommand }

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        try await inner.run(before + command, deadline: deadline)
    }

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        try await inner.converse(before + command, patience: patience, body)
    }

    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        try await inner.read(path, from: offset, limit: limit)
    }

    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> {
        inner.changes(of: path, atLeastEvery: seconds)
    }

    func makeFolder(_ path: FilePath) async throws(GPUError) { try await inner.makeFolder(path) }

    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {
        try await inner.upload(bytes: bytes, to: path)
    }

    func close() async { await inner.close() }
}
