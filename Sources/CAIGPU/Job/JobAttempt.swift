// Owns one job on one boot of one pod: start it, follow its events to their end.
// Never survives a lost connection, and never ends a job because somebody has gone; who called does both (Pod.swift, JobEnd.swift).

import CAISystem
import FoundationEssentials
import SystemPackage

/// Watching one job through one pod.
struct JobAttempt: Sendable {
    let pod: ReadyPod
    let request: JobRequest
    let services: Pod
    let duty: CheckpointDuty
    let progress: @Sendable (JobProgress) -> Void
    /// Bytes of one look at the events, and looks in a row: who floods them cannot keep us.
    private static let (look, mostLooks) = (1 << 18, 64)
    /// Warnings of a job's own that are passed on.
    private static let mostWarnings = 100

    var remote: RemoteJob { RemoteJob(pod: pod, id: request.id) }

    /// Runs the job to its end and brings its outputs home.
    /// - Throws: `.stopped` as soon as the task is cancelled; the job runs on.
    func run(_ state: inout JobWatch, to destination: FilePath) async throws(GPUError) -> JobResult {
        while true {
            let status = try await remote.status()
            try await catchUp(&state)
            switch status.state {
            // Without the event, death came between the outputs and the word: a start verifies them and adds it.
            case "done" where state.history.ending?.event == "done":
                return try await adopt(&state, to: destination)
            case "failed" where state.isWatched:
                try await fails(
                    &state, "failed",
                    GPUError(
                        .jobFailed, state.history.ending?.error ?? "the job failed without saying why",
                        cause: state.history.ending?.detail))
            case "running":
                services.log.info("attached", metadata: ["job": "\(request.id)", "step": "\(request.step)"])
                if !state.isWatched { duty.attaches(age: ageAtHome(state)) }
            default:
                try await start(&state, status)
            }
            state.isWatched = true
            // What it goes on from, or has written while nobody looked, may not be here yet.
            if let newest = state.checkpoint { await finds(newest, state) }
            try await follow(&state)
        }
    }

    /// Starts a process for the job, after the intent has been written down.
    private func start(_ state: inout JobWatch, _ status: JobStatus) async throws(GPUError) {
        if Task.isCancelled { throw GPUError(.stopped, "stopped before the job was started") }
        if state.isWatched {
            guard state.died() else {
                try await fails(
                    &state, status.state,
                    GPUError(
                        .noProgress,
                        "the job died \(state.fruitless) times without advancing; see \(remote.folder)/worker.log"))
            }
            services.log.warning("restarting a job that ended without a result", metadata: ["job": "\(request.id)"])
        }
        if status.state == "new" {
            state.findsNothing()
            state.readAt = services.uptime
            await duty.loses()
            try await remote.prepare(request, from: try services.home.newestVerified(request.use)) { [progress] in
                progress(JobProgress(phase: "uploading", done: Double($0.done), total: Double($0.total), unit: "bytes"))
            }
        }
        state.starts()
        do { try services.store.jobStarts(request, pod: services.access.provider.name) } catch {
            throw GPUError(.corrupt, "cannot write the journal; nothing was started", cause: "\(error)")
        }
        state.isAnnounced = true
        do throws(GPUError) { _ = try await shielded { () throws(GPUError) in try await remote.start() } } catch {
            // Refused: no process was started, and the intent must not look like one for ever.
            if error.code == .jobFailed { try services.ended(request, "failed", state) }
            throw error
        }
        duty.starts()
    }

    /// Reads events until the job's attempt is over.
    private func follow(_ state: inout JobWatch) async throws(GPUError) {
        let changes = remote.connection.changes(of: remote.events, atLeastEvery: services.settings.probeEvery)
        let keeping = Task { await duty.run(remote) }
        do throws(GPUError) { try await follow(&state, changes) } catch {
            await duty.end(keeping)
            throw error
        }
        await duty.end(keeping)
    }

    private func follow(_ state: inout JobWatch, _ changes: AsyncStream<Void>) async throws(GPUError) {
        try await catchUp(&state)
        var iterator = changes.makeAsyncIterator()
        while try await remote.status().state == "running" {
            try await catchUp(&state)
            // A change that brings no event may be the worker's death, which closes the file: then the lock is asked.
            var silent = false
            while !silent, state.history.ending == nil, state.pulse.stall(asOf: services.uptime) == nil {
                guard await iterator.next() != nil, !Task.isCancelled else { break }
                silent = try await catchUp(&state) == 0
            }
            if Task.isCancelled { throw GPUError(.stopped, "nobody follows the job any more") }
            if state.history.ending != nil {
                // The word was said; the lock follows in a moment.
                try? await Task.sleep(for: .milliseconds(20))
            } else if let stall = state.pulse.stall(asOf: services.uptime) {
                try await restart(&state, stall)
            }
        }
        try await catchUp(&state)
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
        try await catchUp(&state)
        try await fails(&state, "failed", GPUError(.noProgress, words))
    }

    // MARK: - Its events

    /// Reads the events that are there.
    /// - Returns: how many there were.
    @discardableResult
    func catchUp(_ state: inout JobWatch) async throws(GPUError) -> Int {
        var count = 0
        for _ in 0..<Self.mostLooks {
            let (began, after) = (services.uptime, state.readAt)
            let bytes = try await remote.connection.read(remote.events, from: state.reader.offset, limit: Self.look)
            let events = state.take(bytes, limit: Self.look, at: services.uptime)
            // Those from before it was watched say nothing of now.
            if after != nil, !events.isEmpty { await services.access.heard(request.use) }
            for event in events {
                count += 1
                if event.event == "progress" { progress(JobProgress(event)) }
                if event.event == "log", event.level == "warning", let message = event.message {
                    passOn(message, &state)
                }
                if let after { await duty.add(event, after: after) }
            }
            guard bytes.count < Self.look else { continue }
            state.readAt = began
            break
        }
        return count
    }

    private func passOn(_ warning: String, _ state: inout JobWatch) {
        state.warnings += 1
        if state.warnings < Self.mostWarnings {
            services.tell(request.use, "\(request.step): \(warning)")
        } else if state.warnings == Self.mostWarnings {
            services.tell(
                request.use, "\(request.step): it warns without end; the rest stands in \(remote.events) alone")
        }
    }

    /// A checkpoint from before it was watched.
    func finds(_ event: JobEvent, _ state: JobWatch) async {
        guard let seq = event.seq else { return }
        await duty.finds(seq, event.manifest_sha256, age: age(event, state))
    }

    /// Seconds since the newest state of a running job that is at home, as far as anybody can tell.
    private func ageAtHome(_ state: JobWatch) -> Double {
        if let newest = state.checkpoint, services.home.has(request.use, newest.manifest_sha256) {
            return age(newest, state)
        }
        return state.history.attemptStart.map { age($0, state) } ?? request.checkpointEvery
    }

    private func age(_ event: JobEvent, _ state: JobWatch) -> Double { age(event.t - (event.seconds ?? 0), state) }

    /// By the pod's newest word, or by the time of day where that says more: clocks may disagree, and rather too old than too young.
    private func age(_ t: Double, _ state: JobWatch) -> Double {
        let wall = services.clock.now().timeIntervalSince1970
        return min(request.checkpointEvery, max(0, (state.history.last ?? t) - t, wall - t))
    }
}

/// Runs something to its end although this task may be cancelled: whether a job was started has to be known.
private func shielded<Value: Sendable>(
    _ body: @escaping @Sendable () async throws(GPUError) -> Value
) async throws(GPUError) -> Value {
    let result = await Task.detached { () async -> Result<Value, GPUError> in
        do throws(GPUError) { return .success(try await body()) } catch { return .failure(error) }
    }.value
    return try result.get()
}
