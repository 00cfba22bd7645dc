// Owns the port through which the keeper remembers what the pod costs and what became of it.
// Never called after the effect it announces.

/// Where the pod's account and fate are written down.
public protocol PodStore: Sendable {
    /// One look at the machine: what it has cost since the look before goes on these accounts.
    /// - Parameters:
    ///   - at: seconds since 1970.
    ///   - since: when we asked for it, where it was not there before.
    func metered(_ machine: Machine, at: Double, accounts: [Account], since: Double?) throws
    /// What there is of the account: USD in all, and by task.
    func spent() throws -> (total: Double, byTask: [String: Double])
    /// Something that happened to the pod, in words.
    func happened(_ message: String) throws
    /// How the pod stood when it was last written down; nil where nothing was, or nobody understands it.
    func lastStanding() throws -> PodFacts?
    /// How the pod stands, for the status files.
    func stands(_ facts: PodFacts) throws
}

/// How the pod stands. Instants are seconds since 1970.
public struct PodFacts: Sendable, Codable, Equatable {
    public var provider: String
    /// `running`, `preparing`, `stopping`, `stopped`, `missing`, `failed`, `unknown`.
    public var state: String
    public var machine: String = ""
    public var endpoint: String?
    public var gpu: String?
    public var usdPerHour = 0.0
    public var storageUSDPerHour = 0.0
    public var idleSince: Double?
    public var stopsAt: Double?
    /// Why it is kept, or what is done with it, in words.
    public var verdict = ""
    /// Jobs of which something is on the pod alone.
    public var unpulled: [String] = []
    /// What a person should know: the last one first.
    public var warnings: [String] = []
    /// Machines on the account that nobody uses, in words.
    public var strays: [String] = []
    /// Whether work of ours had it started, so that it is ours to stop when there is no more.
    public var isStartedByUs = false

    public init(provider: String, state: String) { (self.provider, self.state) = (provider, state) }
}
