// Owns ending a job that has to stop, or that is stopped because its workstation is, with everything saved: over whatever happens to
// its pod, and for a bounded time.
// Never starts a machine for it, and never says that something is saved which is not here.

import SystemPackage

extension Pod {
    /// Ends the job: not in a cancelled task, and not for longer than that may take.
    /// - Throws: why it had to end; where not everything is here, the words say so.
    func end(
        _ request: JobRequest, _ duty: CheckpointDuty, _ state: JobWatch, to destination: FilePath,
        _ control: JobControl, _ progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(GPUError) -> JobResult {
        let mustEnd = control.interruption != nil
        let reason =
            control.interruption ?? GPUError(.stopped, "the job was stopped with its checkpoint; run again to go on")
        let ending = Task.detached { () async throws -> JobResult? in
            // On a machine that does not run no job does, and none is started for this.
            guard await machineMayRun() else {
                if duty.isUnpulled { throw GPUError(.unreachable, "the pod does not run") }
                return nil
            }
            return try await withDeadline(seconds: settings.endPatience) {
                var state = state
                return try await reach(request, duty, &state, progress) { attempt, state throws(GPUError) in
                    try await attempt.end(&state, mustEnd: mustEnd, to: destination)
                }
            }
        }
        switch await ending.result {
        case .success(let result?): return result
        case .success(nil): throw reason
        case .failure(let error) where !mustEnd:
            throw error as? GPUError ?? GPUError(.stopped, "nobody knows whether the job has stopped: \(error)")
        case .failure(let error):
            let left =
                duty.isUnpulled
                ? JobAttempt.unpulled("\(error)")
                : "; whether it has ended, and whether everything of it is here, is not known (\(error))"
            throw GPUError(reason.code, reason.message + left, cause: reason.cause)
        }
    }

    /// Whether jobs may be at work: it runs, or nobody can tell.
    private func machineMayRun() async -> Bool {
        guard let status = try? await access.provider.machine().status else { return true }
        return switch status {
        case .running, .unknown: true
        case .missing, .preparing, .stopped, .failed: false
        }
    }
}
