// Owns finding pods that cost money and that nobody uses: left by a replacement, by a lost journal, by another machine.
// Never touches one: a person may still want what lies on it.

import CAISystem

/// A pod that looks like ours and that nobody uses.
public struct StrayPod: Sendable, Equatable, CustomStringConvertible {
    public var id: String
    public var name: String
    public var status: MachineStatus
    /// What it costs now, with its disks.
    public var usdPerHour: Double

    public var description: String {
        let state =
            switch status {
            case .running: "running"
            case .preparing: "starting"
            case .stopped: "stopped"
            case .failed: "broken"
            case .missing: "gone"
            case .unknown(let word): "in the state '\(word)'"
            }
        return "the pod \(name) (\(id)) is \(state), costs \(RunPodPrices.words(usdPerHour)) and is not in use; "
            + "delete it in RunPod's console if nothing on it is needed"
    }
}

extension RunPodProvider {
    public func strays() async throws(GPUError) -> [String] { try await strayPods().map(\.description) }

    /// Pods with a name of ours that are not in use, and the configured one where it was replaced.
    public func strayPods() async throws(GPUError) -> [StrayPod] {
        let memory = try memory()
        let used = try podInUse()
        return try await api.pods().filter { pod in
            guard pod.status != .missing, pod.id != used, pod.name != memory.intent?.name else { return false }
            return settings.isOurs(pod.name) || pod.id == settings.pod
        }.map { pod in
            let machine = machine(pod)
            return StrayPod(
                id: pod.id, name: RunPodWords.clean(pod.name, key: settings.apiKey), status: pod.status,
                usdPerHour: machine.usdPerHour + machine.storageUSDPerHour)
        }
    }
}
