// Owns the seam between "some machine with a GPU" and everything else: the few verbs of a provider. How to talk to the machine
// is Connection's (PodConnection.swift); what a job is, and how it survives, is the same on every provider (Job/).
// Never knows what a job computes, and never waits: who starts a machine looks at it again until it is ready.

/// What a provider can do.
public struct ProviderFeatures: Sendable, Equatable {
    /// Whether it starts and stops machines, and so whether an idle one can be stopped.
    public var stopsMachines: Bool
    /// Whether running costs money that has to be metered.
    public var bills: Bool
    /// Whether jobs outlive this workstation: they are left at work when the daemon stops.
    public var isRemote: Bool
    /// Whether another machine can be had in place of one that is gone.
    public var makesMachines: Bool

    public init(stopsMachines: Bool, bills: Bool, isRemote: Bool, makesMachines: Bool = false) {
        (self.stopsMachines, self.bills, self.isRemote) = (stopsMachines, bills, isRemote)
        self.makesMachines = makesMachines
    }
}

/// Opens a connection to the sshd of a machine, where its provider says that it is.
public typealias PodConnector = @Sendable (Machine) async throws(GPUError) -> any PodConnection

/// A place where jobs run.
public protocol Provider: Sendable {
    /// `local`, `ssh`, `runpod`: as in the configuration.
    var name: String { get }
    var features: ProviderFeatures { get }
    /// How things stand now.
    func machine() async throws(GPUError) -> Machine
    /// Asks for the machine to be started, or for one to be made where there is none; returns once that is accepted.
    /// - Throws: `.capacity` where no machine can be had now, `.balance`, `.auth`, `.ambiguous` where the answer was lost:
    ///   then look again instead of asking again.
    func start() async throws(GPUError)
    /// Asks for the machine to be stopped; its volume stays. A machine that does not run is no error.
    func stop() async throws(GPUError)
    /// Gives the machine up for good, its volume with it.
    func terminate() async throws(GPUError)
    /// Asks for another machine in place of one that cannot be had again; the old one stays as it is, and is reported.
    func replace() async throws(GPUError)
    /// Machines that look like ours and that nobody uses: each in words, with what it costs.
    func strays() async throws(GPUError) -> [String]
    /// Opens a connection to the machine as it was last seen; each concern takes its own.
    func connect(to machine: Machine) async throws(GPUError) -> any PodConnection
}

extension Provider {
    public func replace() async throws(GPUError) {
        throw GPUError(.refused, "provider '\(name)' has no other machine; mend this one")
    }

    public func strays() async throws(GPUError) -> [String] { [] }
}
