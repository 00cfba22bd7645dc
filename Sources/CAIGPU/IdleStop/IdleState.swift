// Owns what the idle stop remembers from look to look, and its settings.
// Never decides anything.

/// When and at what cost a pod is stopped.
public struct IdleSettings: Sendable, Equatable {
    /// Seconds without anything to do, after which it is stopped.
    public var idleStop: Double
    /// Percent from which on a GPU counts as at work.
    public var gpuThreshold: Double
    /// USD that may be spent on a pod that runs for nothing but work which does not come home.
    public var unpulledMaxUSD: Double
    /// Whether its provider stops machines; where not, a verdict never asks for it.
    public var stopsMachines: Bool

    public init(
        idleStop: Double = 600, gpuThreshold: Double = 5, unpulledMaxUSD: Double = 5, stopsMachines: Bool = true
    ) {
        (self.idleStop, self.gpuThreshold) = (idleStop, gpuThreshold)
        (self.unpulledMaxUSD, self.stopsMachines) = (unpulledMaxUSD, stopsMachines)
    }
}

/// What one look at a pod leaves for the next. A new one for each start of the pod.
public struct IdleState: Sendable, Equatable, Codable {
    /// Since when nothing has gone on; nil while something does.
    public internal(set) var idleSince: Double?
    /// USD spent since nothing but unpulled work has kept the pod, and none of it came home.
    public internal(set) var unpulledUSD = 0.0
    var verifiedBytes: Int64 = 0
    /// When the pod was last seen kept by unpulled work alone; nil after any other look.
    var keptAt: Double?

    public init() {}
}
