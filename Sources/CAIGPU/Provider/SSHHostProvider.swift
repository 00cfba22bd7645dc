// Owns a machine of somebody's own as a provider: it is there, and answers over SSH or does not.
// Never starts, stops or gives up a machine that is not ours to command.

/// A host that a person names in the configuration.
public struct SSHHostProvider: Provider {
    public var name: String { "ssh" }
    public var features: ProviderFeatures {
        ProviderFeatures(stopsMachines: false, bills: usdPerHour > 0, isRemote: true)
    }

    let endpoint: SSHEndpoint
    let usdPerHour: Double
    private let connector: PodConnector

    /// - Parameter usdPerHour: what an hour of the host costs, by its owner's reckoning; 0 where nobody counts.
    public init(_ endpoint: SSHEndpoint, usdPerHour: Double, connect: @escaping PodConnector) {
        (self.endpoint, self.usdPerHour, connector) = (endpoint, usdPerHour, connect)
    }

    /// Always running, as far as anybody can tell without going there.
    public func machine() async throws(GPUError) -> Machine {
        Machine(
            id: HostKeyPolicy.name(of: endpoint), status: .running, usdPerHour: usdPerHour, endpoint: endpoint)
    }

    public func start() async throws(GPUError) {}

    public func stop() async throws(GPUError) { throw refusal("stop") }

    public func terminate() async throws(GPUError) { throw refusal("give up") }

    public func connect(to machine: Machine) async throws(GPUError) -> any PodConnection {
        try await connector(machine)
    }

    private func refusal(_ verb: String) -> GPUError {
        GPUError(
            .refused,
            "\(endpoint.host) is not ours to \(verb): it is a host of the configuration, not a rented pod")
    }
}
