// Owns one job on one boot of one pod: start it, follow its events to their end, stop it when asked.
// Never survives a lost connection; who called tries again (Pod.swift).

import CAISystem
import SystemPackage

/// Watching one job through one pod.
struct JobAttempt {
    let pod: ReadyPod
    let request: JobRequest
    let services: Pod
    let control: JobControl
    let progress: @Sendable (JobProgress) -> Void

    private var remote: RemoteJob { RemoteJob(pod: pod, id: request.id) }

    /// Runs the job to its end and brings its outputs home.
    func run(_ state: inout JobWatch, to destination: FilePath) async throws(GPUError) -> JobResult {
        while true {
            let status = try await shielded { () throws(GPUError) in try await remote.status() }
            try await catchUp(&state)
            switch status.state {
            // Without the event, death came between the outputs and the word: a start verifies them and adds it.
            case "done" where state.history.ending?.event == "done":
                state.history.closeAttempt()
                await services.access.unpulled(request.use, true)
                let result = try await JobOutputs(remote: remote, services: services, progress: progress)
                    .adopt(state.history, to: destination)
                await services.access.unpulled(request.use, false)
                try ended("done", state.history)
                return result
            case "failed" where state.isWatched:
                state.history.closeAttempt()
                try ended("failed", state.history)
                throw GPUError(
                    .jobFailed, state.history.ending?.error ?? "the job failed without saying why",
                    cause: state.history.ending?.detail)
            case "running":
                services.log.info("attached", metadata: ["job": "\(request.id)", "step": "\(request.step)"])
            default:
                try await start(&state, status)
            }
            state.isWatched = true
            try await follow(&state)
        }
    }

    /// Starts a process for the job, after the intent has been written down.
    private func start(_ state: inout JobWatch, _ status: JobStatus) async throws(GPUError) {
        if Task.isCancelled {
            state.history.closeAttempt()
            if state.history.attempts > 0 { try ended("stopped", state.history) }
            throw control.interruption ?? GPUError(.stopped, "stopped before the job was started")
        }
        if state.isWatched {
            guard state.died() else {
                state.history.closeAttempt()
                try ended(status.state, state.history)
                throw GPUError(
                    .noProgress,
                    "the job died \(state.fruitless) times without advancing; see \(remote.folder)/worker.log")
            }
            services.log.warning("restarting a job that ended without a result", metadata: ["job": "\(request.id)"])
        }
        state.starts()
        if status.state == "new" {
            state.findsNothing()
            try await remote.prepare(request, from: try services.home.newestVerified(request.use)) { [progress] in
                progress(JobProgress(phase: "uploading", done: Double($0.done), total: Double($0.total), unit: "bytes"))
            }
        }
        do { try services.store.jobStarts(request, pod: services.access.provider.name) } catch {
            throw GPUError(.corrupt, "cannot write the journal; nothing was started", cause: "\(error)")
        }
        do throws(GPUError) { _ = try await shielded { () throws(GPUError) in try await remote.start() } } catch {
            // Refused: no process was started, and the intent must not look like one for ever.
            if error.code == .jobFailed { try ended("failed", state.history) }
            throw error
        }
    }

    /// Reads events until the job's attempt is over.
    private func follow(_ state: inout JobWatch) async throws(GPUError) {
        let changes = remote.connection.changes(of: remote.events, atLeastEvery: services.settings.probeEvery)
        var pulse = JobPulse(services.settings.stall)
        let duty = CheckpointDuty(remote: remote, request: request, services: services)
        if let earlier = state.checkpoint, !services.home.has(request.use, earlier.manifest_sha256) {
            duty.add(earlier)
        }
        let keeping = Task { await duty.run() }
        do throws(GPUError) {
            try await follow(&state, changes, &pulse, duty)
        } catch {
            await duty.end(keeping)
            throw error
        }
        await duty.end(keeping)
    }

    private func follow(
        _ state: inout JobWatch, _ changes: AsyncStream<Void>, _ pulse: inout JobPulse, _ duty: CheckpointDuty
    ) async throws(GPUError) {
        try await catchUp(&state, &pulse, duty)
        var iterator = changes.makeAsyncIterator()
        while try await shielded({ () throws(GPUError) in try await remote.status() }).state == "running" {
            try await catchUp(&state, &pulse, duty)
            // A change that brings no event may be the worker's death, which closes the file: then the lock is asked.
            var silent = false
            while !silent, state.history.ending == nil {
                guard await iterator.next() != nil, !Task.isCancelled else { break }
                silent = try await catchUp(&state, &pulse, duty) == 0
            }
            if Task.isCancelled {
                try await stop(&state, duty)
            } else if state.history.ending != nil {
                // The word was said; the lock follows in a moment.
                await pause(milliseconds: 20)
            } else if let stall = pulse.stall(asOf: services.uptime) {
                try await restart(&state, stall)
            }
        }
        try await catchUp(&state, &pulse, duty)
    }

    /// Somebody wants the work to end: on this machine, or because it has to, with a checkpoint; else only we go.
    private func stop(_ state: inout JobWatch, _ duty: CheckpointDuty) async throws(GPUError) {
        if services.access.provider.features.isRemote, control.interruption == nil {
            throw GPUError(.stopped, "the job runs on without us, and is found again")
        }
        let stopped = await Task.detached { [remote] in try? await remote.stop(patience: 600) }.value
        try await catchUp(&state)
        if stopped?.state == "done" { return }
        guard let stopped, stopped.state != "running" else {
            throw control.interruption
                ?? GPUError(.stopped, "the job was asked to stop and has not yet; it goes on, and is found again")
        }
        if services.access.provider.features.isRemote, let seq = stopped.checkpoint {
            await Task.detached { await duty.bringHome(seq) }.value
        }
        state.history.closeAttempt()
        try ended("stopped", state.history)
        throw control.interruption
            ?? GPUError(.stopped, "the job was stopped with its checkpoint; run again to go on")
    }

    /// A stalled job: what its threads do is kept for a person, and it is ended. Whether it is started again, the ladder says.
    private func restart(_ state: inout JobWatch, _ stall: Stall) async throws(GPUError) {
        let action = StallLadder.action(after: stall, earlier: state.stalls)
        state.stalls += 1
        services.tell(request.use, "\(request.step): \(stall.words)")
        let stacks = (try? await remote.stacks()) ?? ""
        if !stacks.isEmpty { services.tell(request.use, "what it was doing:\n\(stacks.suffix(4000))") }
        let isAsked = if case .restart(checkpointFirst: false) = action { false } else { true }
        let stopped = isAsked ? try await remote.stop(patience: 60).state : "running"
        if stopped == "running" { try await remote.kill() }
        guard case .block(let words) = action else { return }
        state.history.closeAttempt()
        try ended("failed", state.history)
        throw GPUError(.noProgress, words)
    }

    /// - Returns: how many events there were.
    @discardableResult
    private func catchUp(_ state: inout JobWatch) async throws(GPUError) -> Int {
        var pulse = JobPulse(services.settings.stall)
        return try await catchUp(&state, &pulse, nil)
    }

    @discardableResult
    private func catchUp(
        _ state: inout JobWatch, _ pulse: inout JobPulse, _ duty: CheckpointDuty?
    ) async throws(GPUError) -> Int {
        var count = 0
        while true {
            let (start, limit) = (state.reader.offset, 1 << 18)
            let bytes = try await shielded { () throws(GPUError) in
                try await remote.connection.read(remote.events, from: start, limit: limit)
            }
            let events = state.reader.take(bytes, limit: limit)
            if state.reader.offset == start { return count }
            count += events.count
            for event in events {
                state.history.add(event)
                pulse.add(event, readAt: services.uptime)
                duty?.add(event)
                if event.event == "checkpoint" { state.checkpoint = event }
                if event.event == "progress" { progress(JobProgress(event)) }
                if event.event == "log", event.level == "warning", let message = event.message {
                    services.tell(request.use, "\(request.step): \(message)")
                }
            }
        }
    }

    private func ended(_ word: String, _ history: JobHistory) throws(GPUError) {
        try services.ended(request, word, history)
    }
}

extension JobProgress {
    init(_ event: JobEvent) {
        self.init(
            phase: event.phase ?? "working", done: event.done ?? 0, total: event.total ?? 0, unit: event.unit)
        (eta, loss) = (event.eta_s, event.loss)
    }
}

extension Pod {
    func ended(_ request: JobRequest, _ word: String, _ history: JobHistory) throws(GPUError) {
        do {
            try store.jobEnded(
                request.id, state: word, seconds: history.workedSeconds, usd: cost(history),
                isMetered: access.provider.features.bills)
        } catch { throw GPUError(.corrupt, "cannot write the journal", cause: "\(error)") }
    }

    /// What the job's own time has cost, USD.
    func cost(_ history: JobHistory) -> Double { history.workedSeconds / 3600 * access.hourlyPrice }

    /// Seconds of a clock that nobody sets.
    var uptime: Double { clock.uptime() / .seconds(1) }

    func tell(_ use: PodUse, _ message: String) {
        log.warning("\(message)", metadata: ["job": "\(use.job)"])
        try? store.remark(use, message)
    }
}

/// Runs something to its end although this task may be cancelled: whether a job runs has to be known, and be told.
private func shielded<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(GPUError) -> Value
) async throws(GPUError) -> Value {
    let result = await Task.detached { () async -> Result<Value, GPUError> in
        do throws(GPUError) { return .success(try await body()) } catch { return .failure(error) }
    }.value
    return try result.get()
}

/// A pause that a cancellation does not shorten.
private func pause(milliseconds: Int) async {
    await Task.detached { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
}
