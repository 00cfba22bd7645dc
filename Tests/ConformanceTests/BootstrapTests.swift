// Owns the proof that a bare machine becomes fit for jobs, at once where it is already, and says what it lacks where it cannot.
// Needs the environment of `make deps`, or makes it.

import CAISystem
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

/// One after another: each has machines of its own.
@Suite(.serialized) struct BootstrapTests {
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

    @Test(arguments: GroundKind.allCases) func whatIsMissingIsSaidWithTheRemedy(kind: GroundKind) async throws {
        try await kind.show { ground in
            let connection = try await ground.connect()
            let machine = try await ground.machine()
            func refusal(_ connection: any PodConnection, _ worker: WorkerBundle) async -> GPUError? {
                do throws(GPUError) {
                    try await RemoteBootstrap(worker: worker, deadMan: { _ in nil })
                        .prepare(connection, machine, say: { _ in })
                    return nil
                } catch { return error }
            }
            let bare = await refusal(
                AlteredConnection(connection, before: ["/usr/bin/env", "PATH=/nowhere"]), ground.worker)
            #expect(bare?.code == .refused)
            #expect(
                bare?.message.contains("there is no python3; install Python 3.11") == true, "\(bare?.description ?? "")"
            )

            let closed = await refusal(AlteredConnection(connection, workdir: "/proc/cai"), ground.worker)
            #expect(closed?.code == .refused)
            #expect(closed?.message.contains("/proc/cai cannot be made or written to") == true)
            #expect(closed?.message.contains("name another one as workdir") == true)

            // Somebody else's folder has the environment's name.
            let other = WorkerBundle(
                files: ground.worker.files, unpacker: ground.worker.unpacker, environment: "taken")
            let precious = ground.workdir.appending("env-taken").appending("letters.txt")
            try await connection.makeFolder(precious.removingLastComponent())
            try await connection.upload(bytes: [1], to: precious)
            let taken = await refusal(connection, other)
            #expect(taken?.code == .refused)
            #expect(taken?.message.contains("is not empty and not an environment of ours; name another folder") == true)
            #expect(try RealFiles().read(precious) == [1])
            await connection.close()
        }
    }

    /// The line is cut while the environment is made: it is made all the same, once, and the next one waits for it.
    @Test func anEnvironmentIsMadeThoughTheLineIsCut() async throws {
        // One with nothing in it is made by the same program, and sooner.
        let honest = try Product.worker()
        var files = honest.files
        for name in ["requirements.lock", "torch-cpu.lock", "torch-default.lock"] { files[name] = "# nothing\n" }
        let worker = WorkerBundle(files: files, unpacker: honest.unpacker, environment: "empty")
        try await GroundKind.ssh.show(worker: worker) { ground in
            let (machine, said) = (try await ground.machine(), Said())
            let bootstrap = RemoteBootstrap(worker: worker, deadMan: { _ in nil })
            let first = try await ground.connect()
            let cut = Task { try await bootstrap.prepare(first, machine, say: said.hear) }
            try await eventually("it begins") {
                said.lines.contains { $0.hasPrefix("making the Python environment /") }
            }
            try await ground.dropConnections()
            let error = await #expect(throws: GPUError.self) { try await cut.value }
            #expect(error?.code == .unreachable)
            await first.close()

            let second = try await ground.connectWhenReady()
            try await bootstrap.prepare(second, machine, say: said.hear)
            let result = try await second.run(second.workerCommand + ["--help"], deadline: 60)
            #expect(result.status == 0)
            let log = try RealFiles().read(ground.workdir.appending("env-empty.log"))
            #expect(text(log).split(separator: "\n").count { $0.contains("making the Python environment") } == 1)
            await second.close()
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
