// Owns the ends of a job on one boot of one pod: its outputs come home, or what it has saved; the journal is told.
// Never decides that it has to end.

import CAISystem
import SystemPackage

extension JobAttempt {
    /// It is done.
    func adopt(_ state: inout JobWatch, to destination: FilePath) async throws(GPUError) -> JobResult {
        state.closes()
        await services.access.unpulled(request.use, true)
        let result = try await JobOutputs(remote: remote, services: services, progress: progress)
            .adopt(state, to: destination)
        await services.access.unpulled(request.use, false)
        try services.ended(request, "done", state)
        return result
    }

    /// It is over without a result, and is not started again: what it has saved comes home, or the error says that it has not.
    func fails(_ state: inout JobWatch, _ word: String, _ error: GPUError) async throws(GPUError) -> Never {
        var error = error
        if let newest = state.checkpoint { await finds(newest, state) }
        if services.access.provider.features.isRemote {
            do throws(GPUError) { try await duty.bringHome(remote) } catch let why {
                error.message += Self.unpulled("\(why)")
            }
        }
        state.closes()
        try services.ended(request, word, state)
        throw error
    }

    /// Ends it with everything saved: asked first, then, where it has to end, by force; on another machine its newest checkpoint
    /// comes home.
    /// - Parameter mustEnd: by force, if need be.
    /// - Returns: its result, where it was done already; nil where it is ended and everything is here.
    func end(_ state: inout JobWatch, mustEnd: Bool, to destination: FilePath) async throws(GPUError) -> JobResult? {
        var status = try await remote.status()
        if status.state == "running" {
            progress(JobProgress(phase: "stopping, with a checkpoint"))
            status = try await remote.stop(patience: services.settings.stopPatience)
        }
        if status.state == "running" {
            guard mustEnd else {
                throw GPUError(.stopped, "the job was asked to stop and has not yet; it goes on, and is found again")
            }
            try await remote.kill()
            status = try await remote.status()
        }
        try await catchUp(&state)
        if status.state == "done", state.history.ending?.event == "done" {
            return try await adopt(&state, to: destination)
        }
        if services.access.provider.features.isRemote { try await save(state, status) }
        state.closes()
        if state.isAnnounced || state.history.attempts > 0 { try services.ended(request, "stopped", state) }
        return nil
    }

    private func save(_ state: JobWatch, _ status: JobStatus) async throws(GPUError) {
        if let newest = state.checkpoint { await finds(newest, state) }
        // Its word may be lost; the folder is there.
        if let seq = status.checkpoint, seq > 0, seq != state.checkpoint?.seq {
            await duty.finds(seq, nil, age: 0)
        }
        try await duty.bringHome(remote)
    }

    static func unpulled(_ why: String) -> String {
        "; its newest checkpoint is not here, it is on the pod alone (\(why))"
    }
}

extension Pod {
    func ended(_ request: JobRequest, _ word: String, _ state: JobWatch) throws(GPUError) {
        do {
            try store.jobEnded(
                request.id, state: word, seconds: state.seconds, usd: cost(state),
                isMetered: access.provider.features.bills)
        } catch { throw GPUError(.corrupt, "cannot write the journal", cause: "\(error)") }
    }

    /// What the job's own time has cost, USD.
    func cost(_ state: JobWatch) -> Double { state.seconds / 3600 * access.hourlyPrice }

    /// Seconds of a clock that nobody sets.
    var uptime: Double { clock.uptime() / .seconds(1) }

    func tell(_ use: PodUse, _ message: String) {
        log.warning("\(message)", metadata: ["job": "\(use.job)"])
        try? store.remark(use, message)
    }
}

extension JobProgress {
    init(_ event: JobEvent) {
        self.init(
            phase: event.phase ?? "working", done: event.done ?? 0, total: event.total ?? 0, unit: event.unit)
        (eta, loss) = (event.eta_s, event.loss)
    }
}
