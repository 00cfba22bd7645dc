// Owns the running of jobs on a pod, over as many connections, boots and pods as it takes: attach if it runs, adopt if it is
// complete, resume or start otherwise. The workstation may die at any point and ask again.
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

/// How jobs are watched. Seconds.
public struct JobSettings: Sendable {
    /// How often a silent job's lock is asked; its events and its end are seen at once.
    public var probeEvery = 10.0
    public var stall = StallSettings()
    /// The longest pause between two tries to reach a pod.
    public var longestBackoff = 60.0
    /// How long a job that is asked to stop may take for its checkpoint, before it is ended by force where it has to end.
    public var stopPatience = 600
    /// How long ending a job may take in all: to reach its pod, to stop it, and to bring home what it has saved.
    public var endPatience = 1800.0

    public init() {}
}

/// A pod as the pipelines use it.
public struct Pod: Sendable {
    let access: any PodAccess
    let store: any JobStore
    let home: HomeCheckpoints
    let settings: JobSettings
    let clock: any WallClock
    let log: Logger

    public init(
        access: any PodAccess, store: any JobStore, home: HomeCheckpoints, settings: JobSettings = JobSettings(),
        clock: any WallClock, log: Logger
    ) {
        (self.access, self.store, self.home) = (access, store, home)
        (self.settings, self.clock, self.log) = (settings, clock, log)
    }

    /// Runs the job to its end and brings its outputs to `destination`, where nothing may be but what an earlier try brought.
    /// - Parameter control: tells what a cancellation means. By itself, a local job is stopped with a checkpoint, and one on
    ///   another machine runs on; asked for again, it goes on from there.
    /// - Throws: `GPUError`; `.stopped` after a cancellation, or the reason for which it was interrupted, once everything is here;
    ///   where that could not be had, its words say so.
    public func run(
        _ request: JobRequest, to destination: FilePath, control: JobControl = JobControl(),
        progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(GPUError) -> JobResult {
        let use = request.use
        try await access.begin(use) { control.interrupt($0) }
        let work = Task { () async -> Result<JobResult, GPUError> in
            do throws(GPUError) { return .success(try await watch(request, to: destination, control, progress)) } catch
            {
                return .failure(error)
            }
        }
        let isOurs = control.begin { work.cancel() }
        if !isOurs { work.cancel() }
        let result = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        control.end()
        let isLeft = if case .failure(let error) = result { error.code == .stopped && leaves(control) } else { false }
        // Not in a cancelled task: the account has to be told.
        await Task.detached {
            // What nobody wants keeps no pod.
            if control.isForGood { await access.unpulled(use, false) }
            await access.end(use, leaving: isLeft)
        }.value
        return try result.get()
    }

    /// Whether a job runs on when nobody follows it any more.
    func leaves(_ control: JobControl) -> Bool {
        access.provider.features.isRemote && control.interruption == nil
    }

    /// Follows the job to its end, or ends it.
    private func watch(
        _ request: JobRequest, to destination: FilePath, _ control: JobControl,
        _ progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(GPUError) -> JobResult {
        let duty = CheckpointDuty(request, services: self)
        var state = JobWatch(JobPulse(settings.stall, kind: request.kind))
        do throws(GPUError) {
            return try await reach(request, duty, &state, progress) { attempt, state throws(GPUError) in
                try await attempt.run(&state, to: destination)
            }
        } catch {
            guard Task.isCancelled, error.code == .stopped || error.code == .unreachable else { throw error }
        }
        if leaves(control) {
            throw GPUError(
                .stopped,
                state.isWatched
                    ? "the job runs on without us, and is found again" : "stopped before the job was reached")
        }
        return try await end(request, duty, state, to: destination, control, progress)
    }

    /// Does something with the job, over whatever happens to its pod.
    func reach<Value: Sendable>(
        _ request: JobRequest, _ duty: CheckpointDuty, _ state: inout JobWatch,
        _ progress: @escaping @Sendable (JobProgress) -> Void,
        _ body: (JobAttempt, inout JobWatch) async throws(GPUError) -> Value
    ) async throws(GPUError) -> Value {
        let backoff = Backoff(first: 0.5, most: settings.longestBackoff, seed: UInt64(max(0, uptime * 1e6)))
        var failures = 0
        while true {
            let pod = try await access.ready { progress(JobProgress(phase: $0)) }
            if pod.identity != state.pod { state.moves(to: pod.identity) }
            let attempt = JobAttempt(pod: pod, request: request, services: self, duty: duty, progress: progress)
            do throws(GPUError) { return try await body(attempt, &state) } catch {
                guard error.code == .unreachable, !Task.isCancelled else { throw error }
                log.warning("the pod does not answer", metadata: ["job": "\(request.id)", "error": "\(error)"])
                progress(JobProgress(phase: "waiting for the pod: \(error.message)"))
                await access.suspect(pod, error)
                failures = state.hasAdvanced() ? 1 : failures + 1
                do { try await Task.sleep(for: .seconds(backoff.delay(after: failures))) } catch {
                    throw GPUError(.stopped, "stopped while waiting for the pod")
                }
            }
        }
    }
}
