// Owns the port through which jobs are remembered: implemented over the journal by whoever composes the daemon.
// Never called after the effect it announces: an intent is stored before a process is started.

/// A verified checkpoint that lies at home.
public struct HomeCheckpoint: Sendable, Equatable {
    public var use: PodUse
    /// Its folder's number at home.
    public var seq: Int
    /// Its number on the pod.
    public var podSeq: Int
    public var manifestSHA256: String
    public var bytes: Int64

    public init(use: PodUse, seq: Int, podSeq: Int, manifestSHA256: String, bytes: Int64) {
        (self.use, self.seq, self.podSeq) = (use, seq, podSeq)
        (self.manifestSHA256, self.bytes) = (manifestSHA256, bytes)
    }
}

/// Where jobs and what they cost are written down.
public protocol JobStore: Sendable {
    /// About to start a process for this job on that pod.
    func jobStarts(_ request: JobRequest, pod: String) throws
    /// The job is over, or stopped: `state` is `done`, `failed`, `stopped` or `dead`; `seconds` and `usd` are the sums
    /// over all its attempts.
    /// - Parameter isMetered: whether the pod's time is on the account already, so that this is told and not charged.
    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws
    /// A checkpoint has reached home and was verified there.
    func checkpointCame(_ checkpoint: HomeCheckpoint) throws
    /// Something a person should know of.
    func remark(_ use: PodUse, _ message: String) throws
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

    public init(phase: String, done: Double = 0, total: Double = 0, unit: String? = nil) {
        (self.phase, self.done, self.total, self.unit) = (phase, done, total, unit)
    }
}
