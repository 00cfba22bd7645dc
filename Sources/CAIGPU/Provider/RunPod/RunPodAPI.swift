// Owns the few verbs that RunPod's two APIs have in common.
// Never waits and never decides.

import FoundationEssentials

/// What a new pod is to be.
struct RunPodSpec: Sendable, Equatable {
    var name: String
    var gpu: String
    var image: String
    /// Gigabytes, on the pod's host; without meaning where there is a network volume.
    var volumeGB: Int
    var networkVolume: RunPodVolume?

    /// Where the volume is mounted, and all that survives a stop lies.
    static let mountPath = "/workspace"
    /// Gigabytes that are wiped at each stop: temporary files.
    static let containerDiskGB = 20
    static let ports = ["22/tcp"]
}

/// A network volume: it outlives pods, lies in one data center, and costs by itself.
public struct RunPodVolume: Sendable, Equatable {
    public var id: String
    /// Gigabytes.
    public var sizeGB: Int
    public var dataCenter: String
}

/// A kind of GPU in the catalog.
struct RunPodGPU: Sendable, Equatable {
    var id: String
    var name: String
    /// USD per hour for one, in RunPod's own data centers; nil where they have none.
    var usdPerHour: Double?
}

/// What the provider charged for one pod in some time.
public struct RunPodCharge: Sendable, Equatable {
    public var pod: String
    public var from: Date
    public var to: Date
    /// USD, everything.
    public var usd: Double
    /// USD of that for its disks.
    public var diskUSD: Double
}

/// RunPod. Who asks for a change and gets `.ambiguous` looks again instead of asking again.
protocol RunPodAPI: Sendable {
    /// - Throws: `.missing` where there is no such pod.
    func pod(_ id: String) async throws(GPUError) -> RunPodPod
    func pods() async throws(GPUError) -> [RunPodPod]
    /// - Throws: `.capacity`, `.balance`, `.refused`, `.ambiguous` where a pod may have come of it.
    func create(_ spec: RunPodSpec) async throws(GPUError) -> RunPodPod
    func start(_ id: String) async throws(GPUError)
    func stop(_ id: String) async throws(GPUError)
    func terminate(_ id: String) async throws(GPUError)
    func gpuTypes() async throws(GPUError) -> [RunPodGPU]
    func volume(_ id: String) async throws(GPUError) -> RunPodVolume
    /// USD left in the account; nil where this API does not say.
    func balance() async throws(GPUError) -> Double?
    func billing(from: Date, to: Date) async throws(GPUError) -> [RunPodCharge]
}
