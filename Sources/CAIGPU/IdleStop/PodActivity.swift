// Owns the facts from which it is told whether a pod is idle: one look, as values.
// Never gathers them, and never judges them. What we do to look (probes, our own sessions) is left out by who gathers.

/// What goes on at a pod at one moment. Whoever fills it in leaves out our own probes and connections.
public struct PodActivity: Sendable, Equatable {
    /// Jobs at work, by a name for people.
    public var runningJobs: [String]
    /// Bootstrap, downloads of models, benches of the pod.
    public var setups: [String]
    /// Transfers under way, in either direction.
    public var transfers: [String]
    /// What is on the pod, is worth keeping, and is not here and verified. While nobody can look, what was on it before.
    public var unpulled: [String]
    /// Bytes that have come home from this pod so far and were verified; only ever grows. While it does, bringing work home is
    /// work; while it does not, it is waiting.
    public var verifiedBytes: Int64
    /// Tasks that would use the pod now if it were free, by name.
    public var runnableTasks: [String]
    /// Whether there are tasks for the pod and each of them waits for a person. False until the folders were looked through
    /// once, and while a pod is up because a person has started it by hand: then the window holds.
    public var waitsOnlyForPeople: Bool
    /// People who are logged in there. Empty where nobody can tell: who cannot be reached has no visitors either.
    public var people: [String]
    /// Percent, the busiest GPU; nil where nobody can tell.
    public var gpuPercent: Double?
    /// What the pod costs now, computing and disks, in USD per hour.
    public var usdPerHour: Double

    public init(
        runningJobs: [String] = [], setups: [String] = [], transfers: [String] = [], unpulled: [String] = [],
        verifiedBytes: Int64 = 0, runnableTasks: [String] = [], waitsOnlyForPeople: Bool = false,
        people: [String] = [], gpuPercent: Double? = nil, usdPerHour: Double = 0
    ) {
        (self.runningJobs, self.setups, self.transfers, self.unpulled) = (runningJobs, setups, transfers, unpulled)
        (self.verifiedBytes, self.runnableTasks, self.people) = (verifiedBytes, runnableTasks, people)
        (self.waitsOnlyForPeople, self.gpuPercent, self.usdPerHour) = (waitsOnlyForPeople, gpuPercent, usdPerHour)
    }
}
