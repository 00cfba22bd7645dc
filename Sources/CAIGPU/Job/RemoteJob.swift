// Owns the job folder as seen from the workstation: the worker's commands, and the upload of what a job needs.
// Never reads the job's meaning; docs/jobs.md lists the files and the commands.

import CAISystem
import SystemPackage

/// `status` of a job, as the worker reports it.
struct JobStatus: Codable {
    /// `new`, `running`, `done`, `stopped`, `failed` or `dead`.
    var state: String
    var error: String?
}

/// One job folder on a pod.
struct RemoteJob: Sendable {
    let connection: any PodConnection
    let folder: FilePath

    var events: FilePath { folder.appending("events.jsonl") }

    /// Uploads the inputs, and job.json last: a folder without it is not yet a job.
    func prepare(_ request: JobRequest, _ files: RealFiles) async throws(GPUError) {
        let inputs = folder.appending("inputs")
        try await connection.makeFolder(inputs)
        var listed: [String: JobFile.Input] = [:]
        for input in request.inputs {
            guard let relative = FilePath(input.name).safeRelative else {
                throw GPUError(.corrupt, "an input's name leads outside its folder: \(input.name)")
            }
            let target = inputs.appending(relative.components)
            try await connection.makeFolder(target.removingLastComponent())
            do {
                let size = try files.status(input.source)?.size ?? 0
                listed[input.name] = JobFile.Input(sha256: try SHA256.hex(ofFile: input.source), bytes: size)
            } catch { throw GPUError(.corrupt, "cannot read the input \(input.source)", cause: "\(error)") }
            try await connection.upload(input.source, to: target)
        }
        let file = JobFile(
            id: request.id, kind: request.kind, arguments: request.arguments, inputs: listed,
            checkpoint_every_s: request.checkpointEvery)
        guard let bytes = try? CanonicalJSON.encode(file, pretty: true) else {
            throw GPUError(.corrupt, "the job's arguments cannot be written as JSON (a number that is not finite?)")
        }
        try await connection.upload(bytes: bytes, to: folder.appending("job.json"))
    }

    /// A folder without job.json, which is written last, is not yet a job: there is nothing to ask the worker about.
    func status() async throws(GPUError) -> JobStatus {
        let file = try await connection.read(folder.appending("job.json"), from: 0, limit: 1)
        return file.isEmpty ? JobStatus(state: "new") : try await worker("status", deadline: 30)
    }

    @discardableResult
    func start() async throws(GPUError) -> JobStatus { try await worker("start", deadline: 120) }

    /// Waits for the checkpoint, at most ten minutes.
    func stop() async throws(GPUError) -> JobStatus { try await worker("stop", "--timeout", "600", deadline: 630) }

    private func worker(_ verb: String, _ options: String..., deadline: Double) async throws(GPUError) -> JobStatus {
        // A cancellation must not tear the command away: whether the job runs has to be known, and be told.
        let (connection, command) = (connection, connection.workerCommand + [verb, folder.string] + options)
        let answer = await Task.detached { () async -> Result<CommandResult, GPUError> in
            do throws(GPUError) { return .success(try await connection.run(command, deadline: deadline)) } catch {
                return .failure(error)
            }
        }.value
        let result = try answer.get()
        if let status = try? CanonicalJSON.decode(JobStatus.self, from: result.output) { return status }
        struct Refusal: Codable { var error: String }
        if let refusal = try? CanonicalJSON.decode(Refusal.self, from: result.output) {
            throw GPUError(.jobFailed, refusal.error)
        }
        let said = String(decoding: result.errors.suffix(2000), as: UTF8.self)
        throw GPUError(
            .unreachable,
            "the worker did not answer '\(verb)' (exit \(result.status)); `caid doctor` checks its environment",
            cause: said.isEmpty ? nil : said)
    }
}

extension FilePath {
    /// The path, if it is relative and stays below where it starts.
    var safeRelative: FilePath? {
        guard isRelative, !components.isEmpty, components.allSatisfy({ $0.kind == .regular }) else { return nil }
        return self
    }
}
