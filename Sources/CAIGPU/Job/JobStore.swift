// Owns the port through which jobs are remembered: implemented over the journal by whoever composes the daemon.
// Never called after the effect it announces: an intent is stored before a process is started.

/// Where jobs and what they cost are written down.
public protocol JobStore: Sendable {
    /// About to start a process for this job on that pod.
    func jobStarts(_ request: JobRequest, pod: String) throws
    /// The job is over, or stopped: `state` is `done`, `failed`, `stopped` or `dead`; `seconds` and `usd` are the sums
    /// over all its attempts.
    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double) throws
}

/// What a person may want to know while a job runs.
public struct JobProgress: Sendable {
    /// Words: "loading the model", "training".
    public var phase: String
    public var done: Double
    public var total: Double
    /// What is counted: `records`, `steps`; nil where it is no work of the job's own.
    public var unit: String?
    /// Seconds left, where the worker can tell.
    public var eta: Double?
    public var loss: Double?
}
