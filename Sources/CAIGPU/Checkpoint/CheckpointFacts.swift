// Owns the facts from which it is told what one job's checkpoints need now, and the answer.
// Never gathers them.

/// One running job's checkpoints, as seen at one moment. Instants are seconds of one clock of ours.
public struct CheckpointFacts: Sendable, Equatable {
    /// When the work began that is in no copy at home: the start of this attempt, or the last word of its getting ready.
    public var startedAt: Double
    /// Seconds of work that may be lost at most.
    public var every: Double
    /// The moment whose state the newest verified copy at home holds: when it was asked for or begun, not when it arrived. nil
    /// while there is none of this attempt.
    public var homeAsOf: Double?
    /// The same of the newest complete checkpoint on the pod.
    public var writtenAsOf: Double?
    /// When one was asked for that is not written yet: the first time, if it was more than once, because it may hold the state of
    /// that moment. nil again once one was written.
    public var askedAt: Double?
    /// How often it was asked for.
    public var asks: Int
    /// Whether one is on its way home.
    public var isPulling: Bool
    /// The end of the pause after a pull that failed.
    public var pullAgainAt: Double?
    /// Seconds from asking until one was complete on the pod, the last time: reaching a step's end, and writing.
    public var writeSeconds: Double?
    /// Seconds from then until it was at home and verified, the last time, failed tries included.
    public var pullSeconds: Double?

    public init(
        startedAt: Double, every: Double, homeAsOf: Double? = nil, writtenAsOf: Double? = nil, askedAt: Double? = nil,
        asks: Int = 1, isPulling: Bool = false, pullAgainAt: Double? = nil, writeSeconds: Double? = nil,
        pullSeconds: Double? = nil
    ) {
        (self.startedAt, self.every, self.homeAsOf, self.writtenAsOf) = (startedAt, every, homeAsOf, writtenAsOf)
        (self.askedAt, self.asks, self.isPulling, self.pullAgainAt) = (askedAt, asks, isPulling, pullAgainAt)
        (self.writeSeconds, self.pullSeconds) = (writeSeconds, pullSeconds)
    }
}

/// What a job's checkpoints need now.
public struct CheckpointVerdict: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        /// Nothing before that moment, unless something happens.
        case wait(until: Double)
        /// Ask the job for one, perhaps once more: asking twice does no harm.
        case ask
        /// Bring the newest one home.
        case pull
    }

    public var action: Action
    /// Seconds of work that would be lost if the pod were lost now.
    public var atRisk: Double
    /// Seconds by which that is more than it may be; 0 while it is not.
    public var lateBy: Double
    /// For the status files.
    public var warnings: [String]
}
