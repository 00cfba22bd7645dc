// Owns a machine of somebody's own as a provider: it is there, and answers over SSH or does not.
// Never starts, stops or gives up a machine that is not ours to command.

/// A host that a person names in the configuration.
public struct SSHHostProvider: Provider {
    public var name: String { "ssh" }
    public var features: ProviderFeatures {
        ProviderFeatures(stopsMachines: false, bills: usdPerHour > 0, isRemote: true)
    }

    let settings: SSHSettings
    let usdPerHour: Double

    /// - Parameter usdPerHour: what an hour of the host costs, by its owner's reckoning; 0 where nobody counts.
    public init(_ settings: SSHSettings, usdPerHour: Double) {
        (self.settings, self.usdPerHour) = (settings, usdPerHour)
    }

    /// Always running, as far as anybody can tell without going there.
    public func machine() async throws(GPUError) -> Machine {
        Machine(
            id: settings.hostKey.name, status: .running, usdPerHour: usdPerHour, endpoint: settings.endpoint)
    }

    public func start() async throws(GPUError) {}

    public func stop() async throws(GPUError) { throw refusal("stop") }

    public func terminate() async throws(GPUError) { throw refusal("give up") }

    public func connect(to machine: Machine) async throws(GPUError) -> any PodConnection {
        var settings = settings
        if let endpoint = machine.endpoint { settings.endpoint = endpoint }
        return try await SSHConnection.open(settings)
    }

    private func refusal(_ verb: String) -> GPUError {
        GPUError(
            .refused,
            "\(settings.endpoint.host) is not ours to \(verb): it is a host of the configuration, not a rented pod")
    }
}
