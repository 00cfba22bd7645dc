// Owns the running of jobs on a pod: attach if it runs, adopt if it is complete, resume or start otherwise; follow its
// events; bring the outputs home and verify them. The workstation may die at any point and ask again.
// Never decides what a job is for, nor whether a task is tried again.

import CAISystem
import Logging
import SystemPackage

/// What came home from a finished job.
public struct JobResult: Sendable {
    /// The folder the outputs were brought to.
    public var folder: FilePath
    public var manifest: JobManifest
    public var manifestSHA256: String
    /// Seconds worked, over all attempts.
    public var seconds: Double
    public var usd: Double
}

/// A pod as the pipelines use it.
public struct Pod: Sendable {
    let provider: any Provider
    let store: any JobStore
    let log: Logger
    /// How often a silent job's lock is asked, in seconds; its events and its end are seen at once.
    let probeEvery: Double
    private let files = RealFiles()

    public init(provider: any Provider, store: any JobStore, log: Logger, probeEvery: Double = 10) {
        (self.provider, self.store, self.log, self.probeEvery) = (provider, store, log, probeEvery)
    }

    /// Runs the job to its end and brings its outputs to `destination`, a folder that must not exist yet.
    /// Cancelling stops a local job with a checkpoint; asked for again, it goes on from there.
    /// - Throws: `GPUError`; `.stopped` after a cancellation.
    public func run(
        _ request: JobRequest, to destination: FilePath, progress: @Sendable (JobProgress) -> Void
    ) async throws(GPUError) -> JobResult {
        let connection = try await provider.connect()
        let remote = RemoteJob(
            connection: connection, folder: connection.workdir.appending("jobs").appending(request.id))
        var (reader, history) = (EventReader(), JobHistory())
        // `watched`: an attempt ran under our eyes, so how it ended is about this call and not about an earlier life.
        var (watched, fruitless, advanceAtStart) = (false, 0, 0.0)
        while true {
            let status = try await remote.status()
            try await catchUp(remote, &reader, &history, progress)
            switch status.state {
            // Without the event, death came between the outputs and the word: a start verifies them and adds it.
            case "done" where history.ending?.event == "done":
                history.closeAttempt()
                try ended(request, "done", history)
                return try await adopt(remote, to: destination, history)
            case "failed" where watched:
                history.closeAttempt()
                try ended(request, "failed", history)
                throw GPUError(
                    .jobFailed, history.ending?.error ?? "the job failed without saying why",
                    cause: history.ending?.detail)
            case "running":
                log.info("attached", metadata: ["job": "\(request.id)", "step": "\(request.step)"])
            default:
                if Task.isCancelled {
                    history.closeAttempt()
                    if history.attempts > 0 { try ended(request, "stopped", history) }
                    throw GPUError(.stopped, "stopped before the job was started")
                }
                if watched {
                    fruitless = history.advance > advanceAtStart ? 0 : fruitless + 1
                    if fruitless > 3 {
                        history.closeAttempt()
                        try ended(request, status.state, history)
                        throw GPUError(
                            .noProgress,
                            "the job died \(fruitless) times without advancing; see \(remote.folder)/worker.log")
                    }
                    log.warning("restarting a job that ended without a result", metadata: ["job": "\(request.id)"])
                }
                advanceAtStart = history.advance
                history.restarts()
                try await start(remote, request, isNew: status.state == "new", history)
            }
            watched = true
            try await follow(remote, request, &reader, &history, progress)
        }
    }

    /// Starts a process for the job, after the intent has been written down.
    private func start(
        _ remote: RemoteJob, _ request: JobRequest, isNew: Bool, _ history: JobHistory
    ) async throws(GPUError) {
        if isNew { try await remote.prepare(request, files) }
        do { try store.jobStarts(request, pod: provider.name) } catch {
            throw GPUError(.unreachable, "cannot write the journal; nothing was started", cause: "\(error)")
        }
        do { try await remote.start() } catch {
            // Refused: no process was started, and the intent must not look like one for ever.
            if error.code == .jobFailed { try ended(request, "failed", history) }
            throw error
        }
    }

    /// Reads events until the job's attempt is over.
    private func follow(
        _ remote: RemoteJob, _ request: JobRequest, _ reader: inout EventReader, _ history: inout JobHistory,
        _ progress: @Sendable (JobProgress) -> Void
    ) async throws(GPUError) {
        let changes = remote.connection.changes(of: remote.events, atLeastEvery: probeEvery)
        try await catchUp(remote, &reader, &history, progress)
        var iterator = changes.makeAsyncIterator()
        while try await remote.status().state == "running" {
            try await catchUp(remote, &reader, &history, progress)
            // A change that brings no event may be the worker's death, which closes the file: then the lock is asked.
            var silent = false
            while !silent, history.ending == nil {
                guard await iterator.next() != nil, !Task.isCancelled else { break }
                silent = try await catchUp(remote, &reader, &history, progress) == 0
            }
            if Task.isCancelled {
                try await stop(remote, request, &reader, &history)
            } else if history.ending != nil {
                // The word was said; the lock follows in a moment.
                await pause(milliseconds: 20)
            }
        }
        try await catchUp(remote, &reader, &history, progress)
    }

    /// Asks for a checkpoint and the end; used when the daemon itself has to go.
    private func stop(
        _ remote: RemoteJob, _ request: JobRequest, _ reader: inout EventReader, _ history: inout JobHistory
    ) async throws(GPUError) {
        let state = try? await remote.stop()
        try await catchUp(remote, &reader, &history) { _ in }
        if state?.state == "done" { return }
        guard let state, state.state != "running" else {
            throw GPUError(.stopped, "the job was asked to stop and has not yet; it goes on, and is found again")
        }
        history.closeAttempt()
        try ended(request, "stopped", history)
        throw GPUError(.stopped, "the job was stopped with its checkpoint; run again to go on")
    }

    /// - Returns: how many events there were.
    @discardableResult
    private func catchUp(
        _ remote: RemoteJob, _ reader: inout EventReader, _ history: inout JobHistory,
        _ progress: @Sendable (JobProgress) -> Void
    ) async throws(GPUError) -> Int {
        var count = 0
        while true {
            let (start, limit) = (reader.offset, 1 << 18)
            let bytes = try await remote.connection.read(remote.events, from: start, limit: limit)
            let events = reader.take(bytes, limit: limit)
            if reader.offset == start { return count }
            count += events.count
            for event in events {
                history.add(event)
                if event.event == "progress" {
                    progress(
                        JobProgress(
                            phase: event.phase ?? "working", done: event.done ?? 0, total: event.total ?? 0,
                            unit: event.unit, eta: event.eta_s, loss: event.loss))
                }
            }
        }
    }

    /// Brings the outputs home and believes nothing that its digest does not prove.
    private func adopt(_ remote: RemoteJob, to destination: FilePath, _ history: JobHistory) async throws(GPUError)
        -> JobResult
    {
        let outputs = remote.folder.appending("outputs")
        let bytes = try await remote.connection.read(outputs.appending("manifest.json"), from: 0, limit: 16 << 20)
        let digest = SHA256.hex(of: bytes)
        guard digest == history.ending?.outputs_sha256,
            let manifest = try? CanonicalJSON.decode(JobManifest.self, from: bytes)
        else {
            throw GPUError(
                .corrupt,
                "\(outputs)/manifest.json is not the one the job announced; remove \(remote.folder) to run it again")
        }
        do {
            try files.makeDirectories(destination)
            for (name, expected) in manifest.files.sorted(by: { $0.key < $1.key }) {
                guard let relative = FilePath(name).safeRelative else {
                    throw GPUError(.corrupt, "the job's outputs name a path outside their folder: \(name)")
                }
                let local = destination.appending(relative.components)
                try files.makeDirectories(local.removingLastComponent())
                try await remote.connection.download(outputs.appending(relative.components), to: local)
                let found = try SHA256.hex(ofFile: local)
                if found != expected.sha256 {
                    throw GPUError(.corrupt, "\(name) came home with sha256 \(found), not \(expected.sha256)")
                }
            }
        } catch let error as GPUError { throw error } catch {
            throw GPUError(.corrupt, "cannot write the outputs to \(destination)", cause: "\(error)")
        }
        return JobResult(
            folder: destination, manifest: manifest, manifestSHA256: digest, seconds: history.workedSeconds,
            usd: cost(history))
    }

    private func cost(_ history: JobHistory) -> Double { history.workedSeconds / 3600 * provider.hourlyPrice }

    private func ended(_ request: JobRequest, _ state: String, _ history: JobHistory) throws(GPUError) {
        do {
            try store.jobEnded(request.id, state: state, seconds: history.workedSeconds, usd: cost(history))
        } catch { throw GPUError(.unreachable, "cannot write the journal", cause: "\(error)") }
    }
}

/// A pause that a cancellation does not shorten.
private func pause(milliseconds: Int) async {
    await Task.detached { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
}
