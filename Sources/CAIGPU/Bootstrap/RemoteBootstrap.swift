// Owns making a machine that is reached over a connection fit for jobs: the worker is copied once for each version of it, the
// environment made once for each lock, the dead-man switch started once for each boot.
// Never installs what has no hash in a lock, and never sends a secret.

import CAISystem
import SystemPackage

/// The files of the worker as they are sent.
public struct WorkerBundle: Sendable {
    /// Text by relative path: `caid_worker/…`, `bootstrap.py`, the locks.
    public var files: [String: String]
    /// Reads them on the other side: a Python program that takes a folder and one JSON object on its standard input.
    public var unpacker: String
    /// Which environment the worker needs: the hash of the locks.
    public var environment: String

    public init(files: [String: String], unpacker: String, environment: String) {
        (self.files, self.unpacker, self.environment) = (files, unpacker, environment)
    }

    var digest: String {
        let text = files.sorted { $0.key < $1.key }.map { "\($0.key)\n\(SHA256.hex(of: $0.value))\n" }.joined()
        return String(SHA256.hex(of: text).prefix(12))
    }

    /// The worker's folder on a pod.
    public func folder(in workdir: FilePath) -> FilePath { workdir.appending("worker-\(digest)") }

    /// The command that runs the worker on a pod, without its verb.
    public func command(in workdir: FilePath) -> [String] { python(in: workdir) + ["-m", "caid_worker"] }

    /// The command that runs the transfer agent, for which the machine's own Python is enough.
    public func transferCommand(in workdir: FilePath) -> [String] {
        ["env", "PYTHONPATH=\(folder(in: workdir))", "python3", "-m", "caid_worker.transfer"]
    }

    func python(in workdir: FilePath) -> [String] {
        [
            "env", "PYTHONPATH=\(folder(in: workdir))", "PYTHONUNBUFFERED=1", "OMP_WAIT_POLICY=PASSIVE",
            "\(environmentFolder(in: workdir))/bin/python",
        ]
    }

    func environmentFolder(in workdir: FilePath) -> FilePath { workdir.appending("env-\(environment)") }
}

/// What the dead-man switch of a machine goes by.
public struct DeadManSettings: Sendable, Codable {
    public struct Stop: Sendable, Codable {
        /// `runpod-v2`, `runpod-graphql`, `none`.
        public var kind: String
        public var base_url: String
        public var pod: String

        public init(kind: String, base_url: String, pod: String) {
            (self.kind, self.base_url, self.pod) = (kind, base_url, pod)
        }
    }
    /// Seconds without a word from us after which an idle machine stops itself, and a busy one after a checkpoint.
    public var dead_man_s: Double
    public var dead_man_max_s: Double
    public var stop: Stop

    public init(dead_man_s: Double, dead_man_max_s: Double, stop: Stop) {
        (self.dead_man_s, self.dead_man_max_s, self.stop) = (dead_man_s, dead_man_max_s, stop)
    }
}

/// `Bootstrap` over any connection.
public struct RemoteBootstrap: Bootstrap {
    let worker: WorkerBundle
    let deadMan: @Sendable (Machine) -> DeadManSettings?

    /// - Parameter deadMan: the switch's settings; nil where nothing can stop the machine.
    public init(worker: WorkerBundle, deadMan: @escaping @Sendable (Machine) -> DeadManSettings?) {
        (self.worker, self.deadMan) = (worker, deadMan)
    }

    public func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        let workdir = connection.workdir
        try await connection.makeFolder(workdir)
        try await sendWorker(connection, say)
        try await makeEnvironment(connection, say)
        if let settings = deadMan(machine) { try await arm(settings, connection) }
    }

    public func word(_ connection: any PodConnection) async throws(GPUError) {
        let file = connection.workdir.appending("guard").appending("word")
        let result = try await connection.run(["touch", file.string], deadline: 30)
        guard result.status == 0 else { throw .refusedCommand("touch \(file)", result) }
    }

    private func sendWorker(
        _ connection: any PodConnection, _ say: @Sendable (String) -> Void
    ) async throws(GPUError) {
        let folder = worker.folder(in: connection.workdir)
        let marker = try await connection.read(folder.appending("complete"), from: 0, limit: 1)
        if !marker.isEmpty { return }
        say("copying the worker")
        guard let bytes = try? CanonicalJSON.encode(["files": worker.files]) else { return }
        let command = ["python3", "-c", worker.unpacker, folder.string]
        do throws(GPUError) {
            try await connection.converse(command, patience: 60) { stream throws(GPUError) in
                try stream.write(bytes)
                try stream.finishWriting()
                _ = try stream.readAll(limit: 1 << 16)
            }
        } catch {
            guard error.code == .jobFailed else { throw error }
            throw GPUError(
                .refused, "the worker cannot be copied to \(folder); Python 3.11 or later and room are needed there",
                cause: error.cause ?? error.message)
        }
    }

    private func makeEnvironment(
        _ connection: any PodConnection, _ say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        let folder = worker.environmentFolder(in: connection.workdir)
        let marker = try await connection.read(folder.appending("complete"), from: 0, limit: 1)
        if !marker.isEmpty { return }
        say("making the Python environment, once for this disk")
        let script = worker.folder(in: connection.workdir).appending("bootstrap.py")
        let command = ["sh", "-c", #"exec python3 "$0" --into "$1" 2>&1"#, script.string, folder.string]
        let last = LastLine(say)
        do throws(GPUError) {
            try await connection.converse(command, patience: 1800) { stream throws(GPUError) in
                try stream.finishWriting()
                try stream.readLines { last.take($0) }
            }
        } catch {
            guard error.code == .jobFailed else { throw error }
            throw GPUError(.refused, "the Python environment could not be made in \(folder)", cause: last.text)
        }
    }

    private func arm(_ settings: DeadManSettings, _ connection: any PodConnection) async throws(GPUError) {
        let workdir = connection.workdir
        try await connection.makeFolder(workdir.appending("guard"))
        guard let bytes = try? CanonicalJSON.encode(settings) else { return }
        try await connection.upload(bytes: bytes, to: workdir.appending("guard").appending("settings.json"))
        try await word(connection)
        let result = try await connection.run(
            worker.python(in: workdir) + ["-m", "caid_worker.guard", workdir.string], deadline: 30)
        guard result.status == 0 else { throw .refusedCommand("the dead-man switch", result) }
    }
}

extension GPUError {
    /// A command that should have worked did not.
    static func refusedCommand(_ what: String, _ result: CommandResult) -> GPUError {
        let said = String(decoding: result.errors.suffix(500), as: UTF8.self)
        return GPUError(.refused, "\(what) failed on the pod (exit \(result.status))", cause: said)
    }
}
