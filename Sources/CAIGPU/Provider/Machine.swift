// Owns what a provider says of the machine with the GPU: its state, its price, where its sshd answers.
// Never knows what runs on it.

/// The states a machine can be in, whatever its provider calls them.
public enum MachineStatus: Sendable, Equatable {
    /// There is none: none was made yet, or it was terminated or deleted.
    case missing
    /// Being allocated or booted; it costs money and cannot be used yet.
    case preparing
    case running
    /// Its disk may still cost money.
    case stopped
    /// The provider calls it broken.
    case failed
    /// A word this version does not know: never a reason to give a machine up.
    case unknown(String)
}

/// Where an sshd answers. Read again after each start: port and host may change.
public struct SSHEndpoint: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var user: String

    public init(host: String, port: Int, user: String) { (self.host, self.port, self.user) = (host, port, user) }

    public var description: String { "\(user)@\(host):\(port)" }
}

/// One look at a machine, as its provider describes it.
public struct Machine: Sendable, Equatable {
    /// The provider's own name for it; empty while there is none.
    public var id: String
    public var status: MachineStatus
    /// What computing costs now, in USD per hour: 0 unless it runs or is being prepared.
    public var usdPerHour: Double
    /// What its disks cost in this state, in USD per hour.
    public var storageUSDPerHour: Double
    /// nil while none is known, which can be so for a while although it runs.
    public var endpoint: SSHEndpoint?
    /// Percent, the busiest GPU; nil where nobody can tell.
    public var gpuPercent: Double?
    /// Seconds since it was started; nil where nobody can tell.
    public var uptime: Double?
    /// The model of its GPU.
    public var gpu: String?

    public init(
        id: String, status: MachineStatus, usdPerHour: Double = 0, storageUSDPerHour: Double = 0,
        endpoint: SSHEndpoint? = nil, gpuPercent: Double? = nil, uptime: Double? = nil, gpu: String? = nil
    ) {
        (self.id, self.status, self.usdPerHour, self.storageUSDPerHour) = (id, status, usdPerHour, storageUSDPerHour)
        (self.endpoint, self.gpuPercent, self.uptime, self.gpu) = (endpoint, gpuPercent, uptime, gpu)
    }
}
