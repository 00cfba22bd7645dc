// Owns the proof that a bare machine becomes fit for jobs, at once where it is already, and says what it lacks where it cannot.
// Needs the environment of `make deps`, or makes it.

import CAISystem
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension ConformanceTests {
    @Test(arguments: GroundKind.allCases) func aBareMachineIsFurnishedOnce(kind: GroundKind) async throws {
        try await kind.show { ground in
            let said = Said()
            let connection = CountingConnection(try await ground.connect())
            let bootstrap = RemoteBootstrap(worker: ground.worker, deadMan: { _ in Self.settings })
            try await bootstrap.prepare(connection, try await ground.machine(), say: said.hear)
            #expect(said.lines.contains("copying the worker"))
            let status = try await connection.run(connection.workerCommand + ["--help"], deadline: 60)
            #expect(status.status == 0, "the environment's interpreter runs the worker")
            #expect(try RealFiles().status(ground.workdir.appending("guard").appending("settings.json")) != nil)

            let (before, spoken) = (connection.commands, said.lines.count)
            try await bootstrap.prepare(connection, try await ground.machine(), say: said.hear)
            #expect(connection.commands - before == 2)
            #expect(said.lines.count == spoken, "there was nothing to wait for")
            #expect(try await bootstrap.word(connection) == nil)
            try await Self.endGuard(ground)
            #expect(try await bootstrap.word(connection)?.contains("started again") == true)
            #expect(try await bootstrap.word(connection) == nil)
            try await Self.endGuard(ground)
            await connection.close()
        }
    }

    /// Never stops anything.
    static let settings = DeadManSettings(
        dead_man_s: 3600, dead_man_max_s: 7200, stop: DeadManSettings.Stop(kind: "none", base_url: "", pod: ""))

    /// Kills the switch of a machine, as a lack of memory would.
    static func endGuard(_ ground: any Ground) async throws {
        let words = "caid_worker.guard\0\(ground.workdir)\0"
        let files = RealFiles()
        for name in try files.list("/proc") {
            guard let pid = Int32(name), let bytes = try? files.read(FilePath("/proc/\(name)/cmdline"), limit: 1 << 16),
                String(decoding: bytes, as: UTF8.self).contains(words)
            else { continue }
            kill(pid, SIGKILL)
            while try files.status(FilePath("/proc/\(name)")) != nil, kill(pid, 0) == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}

/// What people were told.
final class Said: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }

    @Sendable func hear(_ line: String) { state.withLock { $0.append(line) } }
}

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
