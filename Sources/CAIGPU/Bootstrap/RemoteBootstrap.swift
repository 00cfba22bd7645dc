// Owns making a machine that is reached over a connection fit for jobs: the worker is copied once for each version of it, the
// dead-man switch armed at each boot, the environment made once for each lock and disk. Two commands where all is there.
// Never installs what has no hash in a lock, and never sends a secret.

import CAISystem
import SystemPackage

/// `Bootstrap` over any connection.
public struct RemoteBootstrap: Bootstrap {
    let worker: WorkerBundle
    let deadMan: @Sendable (Machine) -> DeadManSettings?

    /// Seconds without a word from the maker of the environment, which gives one every 15 s; and for all of it.
    private static let (patience, mostSeconds) = (120.0, 7200.0)

    /// - Parameter deadMan: the switch's settings; nil where nothing can stop the machine.
    public init(worker: WorkerBundle, deadMan: @escaping @Sendable (Machine) -> DeadManSettings?) {
        (self.worker, self.deadMan) = (worker, deadMan)
    }

    /// A connection that is lost meanwhile costs nothing that was done: what is being made goes on by itself, and is waited for
    /// when this is called again.
    /// - Throws: `.refused` or `.noSpace` with what is missing there and how to get it.
    public func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        let isFurnished = try await bringWorker(connection, say)
        // Before the environment, which may take half an hour: from here on the machine ends by itself if we do.
        if let settings = deadMan(machine) { try await arm(settings, connection, say) }
        if !isFurnished { try await makeEnvironment(connection, say) }
    }

    public func word(_ connection: any PodConnection) async throws(GPUError) -> String? {
        let workdir = connection.workdir
        let command = worker.plainPython(in: workdir) + ["-m", "caid_worker", "guard-word", workdir.string]
        let answer = try await guardAnswer(command, connection)
        if let trouble = answer.trouble { return Self.warning(trouble) }
        return answer.started ? "the pod's dead-man switch had ended, and was started again" : nil
    }

    /// Copies the worker where it is not there.
    /// - Returns: whether the environment is.
    private func bringWorker(
        _ connection: any PodConnection, _ say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) -> Bool {
        struct Found: Codable { var worker, environment: Bool }
        let workdir = connection.workdir
        let script = """
            command -v python3 > /dev/null && exec python3 -c "$@"
            echo 'caid: there is no python3; install Python 3.11 or later (`apt-get install python3 python3-venv`)' >&2
            exit 1
            """
        let command = [
            "/bin/sh", "-c", script, "sh", worker.unpacker, worker.folder(in: workdir).string,
            worker.environmentFolder(in: workdir).string,
        ]
        let found = try await explained { () throws(GPUError) in
            try await connection.converse(command, patience: 300) { [files = worker.files] stream throws(GPUError) in
                let line = try stream.readLine(limit: 1 << 12)
                let found = try? CanonicalJSON.decode(Found.self, from: line)
                guard found?.worker == false, let bytes = try? CanonicalJSON.encode(["files": files]) else {
                    return found
                }
                say("copying the worker")
                try stream.write(bytes)
                try stream.finishWriting()
                _ = try stream.readAll(limit: 1 << 12)
                return found
            }
        }
        guard let found else { throw GPUError(.corrupt, "the pod does not say whether the worker is there") }
        return found.environment
    }

    private func arm(
        _ settings: DeadManSettings, _ connection: any PodConnection, _ say: @Sendable (String) -> Void
    ) async throws(GPUError) {
        let workdir = connection.workdir
        guard let bytes = try? CanonicalJSON.encode(settings) else {
            throw GPUError(.refused, "the dead-man switch's settings hold a number that is none")
        }
        let options = ["--settings", String(decoding: bytes, as: UTF8.self)]
        let answer = try await guardAnswer(
            worker.plainPython(in: workdir) + ["-m", "caid_worker.guard", workdir.string] + options, connection)
        if let trouble = answer.trouble { say(Self.warning(trouble)) }
    }

    private struct GuardAnswer: Codable {
        var started: Bool
        var trouble: String?
    }

    private static func warning(_ trouble: String) -> String {
        "the pod would not stop by itself if this machine were gone: \(trouble.plainLine())"
    }

    private func guardAnswer(
        _ command: [String], _ connection: any PodConnection
    ) async throws(GPUError) -> GuardAnswer {
        let result = try await connection.run(command, deadline: 30)
        guard result.status == 0, let answer = try? CanonicalJSON.decode(GuardAnswer.self, from: result.output) else {
            let said = String(decoding: result.output.suffix(300) + result.errors.suffix(300), as: UTF8.self)
                .plainLine()
            throw GPUError(.refused, "the pod's dead-man switch cannot be reached (exit \(result.status))", cause: said)
        }
        return answer
    }

    private func makeEnvironment(
        _ connection: any PodConnection, _ say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        let workdir = connection.workdir
        say("making the Python environment, once for this disk")
        let command = [
            "/bin/sh", "-c", #"exec python3 "$@" 2>&1"#, "sh",
            worker.folder(in: workdir).appending("bootstrap.py").string,
            "--into", worker.environmentFolder(in: workdir).string,
        ]
        let words = PodWords(say)
        try await explained(by: words) { () throws(GPUError) in
            try await connection.converse(command, patience: Self.patience) { stream throws(GPUError) in
                try stream.finishWriting()
                try stream.readLines(limit: 1 << 20, seconds: Self.mostSeconds) { words.take($0) }
            }
        }
    }

    /// Puts a refusal of the other side into one sentence.
    private func explained<Value>(
        by words: PodWords? = nil, _ body: () async throws(GPUError) -> Value
    ) async throws(GPUError) -> Value {
        do throws(GPUError) { return try await body() } catch {
            guard error.code == .jobFailed || error.code == .noSpace else { throw error }
            let code: GPUError.Code = error.code == .noSpace ? .noSpace : .refused
            guard let refusal = words?.refusal ?? PodWords.refusal(in: error.cause ?? "") else {
                throw GPUError(code, "the pod cannot be made fit for jobs", cause: words?.last ?? error.description)
            }
            throw GPUError(code, "the pod is not fit for jobs: \(refusal)")
        }
    }
}
