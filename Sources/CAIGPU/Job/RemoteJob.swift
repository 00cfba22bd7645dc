// Owns the job folder as seen from the workstation: the worker's commands, and the upload of what a job needs.
// Never reads the job's meaning; docs/jobs.md lists the files and the commands.

import CAISystem
import SystemPackage

/// `status` of a job, as the worker reports it.
struct JobStatus: Codable {
    /// `new`, `running`, `done`, `stopped`, `failed` or `dead`.
    var state: String
    /// The newest checkpoint's number on the pod.
    var checkpoint: Int?
}

/// One job folder on a pod.
struct RemoteJob: Sendable {
    let pod: ReadyPod
    let id: String

    var connection: any PodConnection { pod.connection }
    var folder: FilePath { connection.workdir.appending("jobs").appending(id) }
    var events: FilePath { folder.appending("events.jsonl") }
    var outputs: FilePath { folder.appending("outputs") }

    func checkpoint(_ seq: Int) -> FilePath {
        folder.appending("checkpoints").appending(HomeCheckpoints.name(seq))
    }

    /// Uploads the inputs, the checkpoint to go on from, and job.json last: a folder without it is not yet a job.
    func prepare(
        _ request: JobRequest, from saved: HomeCheckpoints.Saved?,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) {
        let inputs = folder.appending("inputs")
        try await connection.makeFolder(inputs)
        let files = try request.stage()
        if !files.isEmpty {
            _ = try await pod.transfer.push(files, from: request.staging, to: inputs, progress: progress)
        }
        if let saved {
            let target = checkpoint(saved.seq)
            try await connection.makeFolder(target)
            _ = try await pod.transfer.push(
                try saved.transferFiles(), from: saved.folder, to: target, progress: progress)
        }
        let file = JobFile(
            id: request.id, kind: request.kind, arguments: request.arguments,
            inputs: Dictionary(
                uniqueKeysWithValues: files.map { ($0.name, JobFile.Input(sha256: $0.sha256, bytes: $0.bytes)) }),
            checkpoint_every_s: request.checkpointEvery)
        guard let bytes = try? CanonicalJSON.encode(file, pretty: true) else {
            throw GPUError(.corrupt, "the job's arguments cannot be written as JSON (a number that is not finite?)")
        }
        try await connection.upload(bytes: bytes, to: folder.appending("job.json"))
    }

    /// A folder without job.json, which is written last, is not yet a job: there is nothing to ask the worker about.
    func status() async throws(GPUError) -> JobStatus {
        guard try await isThere() else { return JobStatus(state: "new") }
        do throws(GPUError) { return try await worker("status", deadline: 30) } catch {
            // Somebody may have taken it away in between.
            guard error.code == .jobFailed, try await !isThere() else { throw error }
            return JobStatus(state: "new")
        }
    }

    private func isThere() async throws(GPUError) -> Bool {
        try await !connection.read(folder.appending("job.json"), from: 0, limit: 1).isEmpty
    }

    @discardableResult
    func start() async throws(GPUError) -> JobStatus { try await worker("start", deadline: 120) }

    /// Asks for a checkpoint; whether and when it is written, the events tell.
    func askForCheckpoint() async throws(GPUError) { _ = try await worker("checkpoint", deadline: 30) }

    /// Asks for a checkpoint and the end, and waits for both: a few seconds at a time, since one connection serves all the jobs of
    /// a pod, and the others would take a long silence for its loss.
    /// - Parameter patience: seconds.
    func stop(patience: Int) async throws(GPUError) -> JobStatus {
        var left = patience
        while true {
            let turn = min(left, 5)
            let status = try await worker("stop", "--timeout", "\(turn)", deadline: Double(turn) + 30)
            left -= turn
            guard status.state == "running", left > 0 else { return status }
        }
    }

    /// Ends the worker without asking it.
    func kill() async throws(GPUError) { _ = try await worker("kill", deadline: 60) }

    /// What every thread of the worker is doing, for a person to read.
    func stacks() async throws(GPUError) -> String {
        struct Stacks: Codable { var stacks: String }
        let result = try await connection.run(
            connection.workerCommand + ["stacks", folder.string], deadline: 30)
        return (try? CanonicalJSON.decode(Stacks.self, from: result.output))?.stacks ?? ""
    }

    /// A worker that was killed, or that ran out of something, is asked again by who calls; one that cannot run at all is not, since
    /// the pod costs money meanwhile.
    private func worker(_ verb: String, _ options: String..., deadline: Double) async throws(GPUError) -> JobStatus {
        var tries = 0
        while true {
            do throws(GPUError) { return try await ask(verb, options, deadline: deadline) } catch {
                tries += 1
                guard error.code == .refused, tries < Self.tries, !Task.isCancelled else { throw error }
                do { try await Task.sleep(for: .seconds(tries)) } catch { throw GPUError(.stopped, "stopped") }
            }
        }
    }

    private static let tries = 5

    private func ask(_ verb: String, _ options: [String], deadline: Double) async throws(GPUError) -> JobStatus {
        let result = try await connection.run(
            connection.workerCommand + [verb, folder.string] + options, deadline: deadline)
        if let status = try? CanonicalJSON.decode(JobStatus.self, from: result.output) { return status }
        struct Refusal: Codable { var error: String }
        if let refusal = try? CanonicalJSON.decode(Refusal.self, from: result.output) {
            throw GPUError(.jobFailed, refusal.error)
        }
        let said = String(decoding: result.errors.suffix(2000), as: UTF8.self)
        // A shell tells of a program that it cannot start, and Python of a module, in these ways.
        let isBroken = [1, 2, 126, 127].contains(result.status)
        throw GPUError(
            isBroken ? .refused : .unreachable,
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
