// Owns RunPod as a provider: which pod is ours, what it does and costs, and its few verbs.
// Never asks twice for a pod, never deletes one that a person may still want, and never waits for a state.

import CAISystem
import FoundationEssentials
import Synchronization

/// A rented machine at RunPod.
public final class RunPodProvider: Provider {
    public let name = "runpod"
    public let features = ProviderFeatures(stopsMachines: true, bills: true, isRemote: true, makesMachines: true)

    let api: any RunPodAPI
    let store: any MachineStore
    let settings: RunPodSettings
    let clock: any WallClock
    /// The last part of a new pod's name: letters and digits that no pod had before.
    let makeSuffix: @Sendable () -> String
    /// Seconds after which a pod that was asked for is in the list, if it was made at all.
    let visibleWithin: Double
    private let connector: PodConnector
    private let isCreating = Mutex(false)

    /// Longer than a request may take.
    public static let visibleWithin = 150.0

    /// - Parameters:
    ///   - version: of `caid`, for the `User-Agent`, without which RunPod answers nothing.
    ///   - visibleWithin: seconds after which a pod that was asked for is in the list, if it was made at all.
    public convenience init(
        settings: RunPodSettings, version: String, store: any MachineStore, clock: any WallClock = SystemWallClock(),
        visibleWithin: Double = RunPodProvider.visibleWithin, connect: @escaping PodConnector
    ) {
        let client = RetryingHTTPClient(base: CurlClient(agent: "caid/\(version)"), clock: clock)
        let transport = RunPodTransport(client: client, settings: settings, clock: clock)
        let api: any RunPodAPI =
            switch settings.api {
            case .v2: RunPodV2(transport)
            case .graphql: RunPodGraphQL(transport)
            }
        self.init(
            api: api, settings: settings, store: store, clock: clock, visibleWithin: visibleWithin, connect: connect)
    }

    init(
        api: any RunPodAPI, settings: RunPodSettings, store: any MachineStore, clock: any WallClock,
        visibleWithin: Double = RunPodProvider.visibleWithin,
        makeSuffix: @escaping @Sendable () -> String = {
            String((0..<8).map { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() ?? "a" })
        },
        connect: @escaping PodConnector
    ) {
        (self.api, self.settings, self.store, self.clock) = (api, settings, store, clock)
        (self.visibleWithin, self.makeSuffix, connector) = (visibleWithin, makeSuffix, connect)
    }

    /// The pod in use. Settles a request whose answer was lost; while nobody can tell what came of it, the machine is
    /// `.preparing` without an id.
    public func machine() async throws(GPUError) -> Machine {
        do throws(GPUError) { try await recover() } catch  where error.code == .ambiguous {
            return Machine(id: "", status: .preparing)
        }
        guard let id = try podInUse() else { return Machine(id: "", status: .missing) }
        do throws(GPUError) {
            return machine(try await api.pod(id))
        } catch  where error.code == .missing {
            return Machine(id: id, status: .missing)
        }
    }

    /// Resumes the pod; where there is none, makes one of the first kind on the list that can be had.
    /// - Throws: also `.capacity` where the pod's host has no GPU left for it: `replace()` makes another one. `.missing` where
    ///   the configured pod does not exist.
    public func start() async throws(GPUError) {
        try await exclusively { () throws(GPUError) in
            try await self.recover()
            guard let id = try self.podInUse() else { return try await self.create(replacing: nil) }
            do throws(GPUError) {
                try await self.resume(try await self.api.pod(id))
            } catch  where error.code == .missing {
                guard id != self.settings.pod else {
                    throw GPUError(
                        .missing,
                        "the pod \(id) does not exist at RunPod; change runpod.pod, or take it out to have one made")
                }
                try self.remember { try $0.gone(id) }
                try await self.create(replacing: self.settings.pod)
            }
        }
    }

    /// Makes another pod by the list, which is the one in use from then on. The old one stays as it is and is reported
    /// by `strays()`.
    /// - Throws: `.refused` while the old one runs: two would cost twice.
    public func replace() async throws(GPUError) {
        try await exclusively { () throws(GPUError) in
            try await self.recover()
            if let id = try self.podInUse() {
                do throws(GPUError) {
                    let pod = try await self.api.pod(id)
                    if pod.status == .running || pod.status == .preparing {
                        throw GPUError(.refused, "the pod \(id) is not stopped; another one beside it would cost twice")
                    }
                } catch  where error.code == .missing {}
            }
            try await self.create(replacing: self.settings.pod)
        }
    }

    public func stop() async throws(GPUError) {
        try await recover()
        guard let id = try podInUse() else { return }
        do throws(GPUError) { try await api.stop(id) } catch {
            guard error.code != .missing else { return }
            guard let pod = await stateAfter(error, id) else { throw error }
            guard pod.status == .running || pod.status == .preparing else { return }
            throw Self.explained(error, pod)
        }
    }

    public func terminate() async throws(GPUError) {
        try await recover()
        guard let id = try podInUse() else { return }
        do throws(GPUError) { try await api.terminate(id) } catch { guard error.code == .missing else { throw error } }
        try remember { try $0.gone(id) }
    }

    public func connect(to machine: Machine) async throws(GPUError) -> any PodConnection {
        guard machine.endpoint != nil else {
            throw GPUError(
                .unreachable,
                "the pod \(machine.id) has no public address for SSH yet; it gets one some time after its start, "
                    + "if its image runs an sshd and 22/tcp is among its ports")
        }
        return try await connector(machine)
    }

    /// Of the API, without a slash at the end.
    public var baseURL: String { settings.baseURL }

    /// USD left in the account; nil where the API does not say.
    public func balance() async throws(GPUError) -> Double? { try await api.balance() }

    /// What RunPod charged for all the account's pods since then, by the hour.
    public func billing(since: Date) async throws(GPUError) -> [RunPodCharge] {
        try await api.billing(from: since, to: clock.now())
    }

    /// The configured network volume and what it costs in USD per hour, with or without a pod; nil where none is
    /// configured. A machine's `storageUSDPerHour` does not hold it.
    public func networkVolume() async throws(GPUError) -> (volume: RunPodVolume, usdPerHour: Double)? {
        guard let id = settings.networkVolume else { return nil }
        let volume = try await api.volume(id)
        return (volume, RunPodPrices.networkVolume(gigabytes: volume.sizeGB))
    }

    // MARK: - What the verbs share

    func memory() throws(GPUError) -> MachineMemory {
        do { return try store.memory() } catch {
            throw GPUError(.corrupt, "cannot read in the journal which pod is ours", cause: "\(error)")
        }
    }

    func remember(_ body: (any MachineStore) throws -> Void) throws(GPUError) {
        do { try body(store) } catch {
            throw GPUError(.corrupt, "cannot write the journal; RunPod was asked for nothing more", cause: "\(error)")
        }
    }

    /// The configured pod, unless we replaced it; else the one that we made.
    func podInUse() throws(GPUError) -> String? {
        let ours = try memory().pod
        guard let configured = settings.pod else { return ours?.id }
        return ours?.replaces == configured ? ours?.id : configured
    }

    private func resume(_ pod: RunPodPod) async throws(GPUError) {
        guard pod.status != .missing else { throw GPUError(.missing, "the pod \(pod.id) was deleted") }
        guard pod.status != .running, pod.status != .preparing else { return }
        do throws(GPUError) { try await api.start(pod.id) } catch {
            guard let now = await stateAfter(error, pod.id) else { throw error }
            guard now.status != .running, now.status != .preparing else { return }
            throw Self.explained(error, now)
        }
    }

    /// The pod after a request that was refused, perhaps because it is done already, or whose answer was lost; nil where looking
    /// settles nothing.
    private func stateAfter(_ error: GPUError, _ id: String) async -> RunPodPod? {
        guard error.code == .refused || error.code == .ambiguous else { return nil }
        return try? await api.pod(id)
    }

    /// A refusal with what would be possible.
    private static func explained(_ error: GPUError, _ pod: RunPodPod) -> GPUError {
        guard error.code == .refused else { return error }
        var error = error
        if pod.isLocked { error.message += "; it is locked: unlock it in the console" }
        if let actions = pod.actions {
            error.message += "; it allows now: \(actions.isEmpty ? "nothing" : actions.joined(separator: ", "))"
        }
        return error
    }

    func machine(_ pod: RunPodPod) -> Machine {
        let volume = pod.volumeGB ?? (settings.networkVolume == nil ? settings.volumeGB : 0)
        return Machine(
            id: pod.id, status: pod.status, usdPerHour: pod.usdPerHour,
            storageUSDPerHour: RunPodPrices.volume(gigabytes: volume, pod.status), endpoint: pod.endpoint,
            gpuPercent: pod.gpuPercent, uptime: pod.uptime, gpu: pod.gpu)
    }

    /// Two that make a pod at the same time would make two.
    private func exclusively(_ body: () async throws(GPUError) -> Void) async throws(GPUError) {
        let isFree = isCreating.withLock { isCreating in
            defer { isCreating = true }
            return !isCreating
        }
        guard isFree else { throw GPUError(.refused, "a pod is being started already; look at its state") }
        defer { isCreating.withLock { $0 = false } }
        try await body()
    }
}
