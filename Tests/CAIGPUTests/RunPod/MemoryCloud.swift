// Owns a RunPod in memory, with a journal beside it, and a daemon that can be killed at every single step between the two.
// Never keeps real time.

import CAISystem
import FoundationEssentials
import Synchronization
import TestSupport

@testable import CAIGPU

/// The world of one test: what the provider has, what we remember, and how long the daemon lives.
final class MemoryCloud: Sendable {
    struct Pod: Equatable {
        var id: String
        var name: String
        var gpu: String
        var status: MachineStatus
        /// When it is ready, and when it is in the list.
        var runsAt: Double
        var isListedAt: Double
        var isLocked = false
    }

    struct State {
        var pods: [Pod] = []
        var memory = MachineMemory()
        var number = 0
        /// Steps that the daemon still takes; nil for ever.
        var life: Int?
        var steps = 0
        /// What the next requests come to, instead of success.
        var createErrors: [GPUError.Code] = []
        var startErrors: [GPUError.Code] = []
        var stopErrors: [GPUError.Code] = []
        var deleted: [String] = []
        /// Whether a start that answers with an error takes place all the same.
        var startsBehindTheScenes = false
        /// Seconds until a new pod is in the list.
        var listLag = 0.0
        /// Whether intents are lost, as by a program that has none.
        var isForgetful = false
    }

    let state = Mutex(State())
    let clock = FixedClock()
    let catalog = [
        RunPodGPU(id: "NVIDIA H100 80GB HBM3", name: "H100 SXM", usdPerHour: 2.69),
        RunPodGPU(id: "NVIDIA A100-SXM4-80GB", name: "A100 SXM", usdPerHour: 1.74),
        RunPodGPU(id: "NVIDIA B200", name: "B200", usdPerHour: 5.99),
        RunPodGPU(id: "NVIDIA L4", name: "L4", usdPerHour: nil),
    ]

    func provider(_ settings: RunPodSettings = RunPodFixture.settings()) -> RunPodProvider {
        RunPodProvider(
            api: self, settings: settings, store: self, clock: clock,
            makeSuffix: {
                self.state.withLock { state in
                    state.number += 1
                    return "n\(state.number)"
                }
            },
            connect: { _ throws(GPUError) in throw GPUError(.unreachable, "no SSH in this test") })
    }

    var now: Double { clock.now().timeIntervalSince1970 }
    /// Pods that cost money, or may.
    var pods: [Pod] { state.withLock { $0.pods } }
    var remembered: MachineMemory { state.withLock { $0.memory } }

    @discardableResult
    func add(_ name: String, _ status: MachineStatus) -> String {
        state.withLock { state in
            state.number += 1
            let id = "pod\(state.number)"
            state.pods.append(Pod(id: id, name: name, gpu: "x", status: status, runsAt: 0, isListedAt: 0))
            return id
        }
    }

    func change(_ id: String, _ body: (inout Pod) -> Void) {
        state.withLock { state in
            for index in state.pods.indices where state.pods[index].id == id { body(&state.pods[index]) }
        }
    }

    /// One step of the daemon's life.
    fileprivate func step() throws(GPUError) {
        let isAlive = state.withLock { state in
            state.steps += 1
            guard let life = state.life else { return true }
            state.life = max(0, life - 1)
            return life > 0
        }
        if !isAlive { throw GPUError(.stopped, "killed") }
    }

    private func shown(_ pod: Pod) -> RunPodPod {
        var pod = pod
        if pod.status == .preparing, now >= pod.runsAt { pod.status = .running }
        return RunPodPod(
            id: pod.id, name: pod.name, status: pod.status, usdPerHour: pod.status == .stopped ? 0 : 2.69,
            volumeGB: 200,
            actions: pod.status == .stopped ? ["start", "terminate"] : ["stop", "terminate"], isLocked: pod.isLocked)
    }

    fileprivate static func error(_ code: GPUError.Code) -> GPUError { GPUError(code, "scripted \(code.rawValue)") }
}

extension MemoryCloud: RunPodAPI {
    func pod(_ id: String) async throws(GPUError) -> RunPodPod {
        try step()
        guard let pod = pods.first(where: { $0.id == id }) else { throw Self.error(.missing) }
        return shown(pod)
    }

    func pods() async throws(GPUError) -> [RunPodPod] {
        try step()
        return pods.filter { $0.isListedAt <= now }.map(shown)
    }

    func create(_ spec: RunPodSpec) async throws(GPUError) -> RunPodPod {
        try step()
        let now = now
        let (error, pod) = state.withLock { state -> (GPUError.Code?, Pod) in
            let error = state.createErrors.isEmpty ? nil : state.createErrors.removeFirst()
            state.number += 1
            let pod = Pod(
                id: "pod\(state.number)", name: spec.name, gpu: spec.gpu, status: .preparing, runsAt: now + 60,
                isListedAt: now + state.listLag)
            // An answer that is lost is one to a request that was carried out.
            if error == nil || error == .ambiguous { state.pods.append(pod) }
            return (error, pod)
        }
        if let error { throw Self.error(error) }
        try step()
        return shown(pod)
    }

    func start(_ id: String) async throws(GPUError) {
        try step()
        if let code = state.withLock({ $0.startErrors.isEmpty ? nil : $0.startErrors.removeFirst() }) {
            if state.withLock({ $0.startsBehindTheScenes }) { change(id) { $0.status = .preparing } }
            throw Self.error(code)
        }
        change(id) { $0.status = .preparing }
        try step()
    }

    func stop(_ id: String) async throws(GPUError) {
        try step()
        if let code = state.withLock({ $0.stopErrors.isEmpty ? nil : $0.stopErrors.removeFirst() }) {
            throw Self.error(code)
        }
        change(id) { $0.status = .stopped }
    }

    func terminate(_ id: String) async throws(GPUError) {
        try step()
        let wasThere = state.withLock { state in
            let count = state.pods.count
            state.pods.removeAll { $0.id == id }
            state.deleted.append(id)
            return state.pods.count < count
        }
        try step()
        if !wasThere { throw Self.error(.missing) }
    }

    func gpuTypes() async throws(GPUError) -> [RunPodGPU] {
        try step()
        return catalog
    }

    func volume(_ id: String) async throws(GPUError) -> RunPodVolume {
        RunPodVolume(id: id, sizeGB: 730, dataCenter: "US-KS-2")
    }

    func balance() async throws(GPUError) -> Double? { 10 }
    func billing(from: Date, to: Date) async throws(GPUError) -> [RunPodCharge] { [] }
}

extension MemoryCloud: MachineStore {
    func memory() throws -> MachineMemory {
        try step()
        return remembered
    }

    /// Durable at once or not at all, like a transaction; the daemon may be killed before it, or right after.
    private func transaction(_ body: (inout MachineMemory) -> Void) throws {
        try step()
        state.withLock { body(&$0.memory) }
        try step()
    }

    func creating(_ intent: MachineMemory.Intent) throws {
        let isForgetful = state.withLock { $0.isForgetful }
        try transaction { if !isForgetful { $0.intent = intent } }
    }

    func created(_ pod: MachineMemory.Pod) throws {
        try transaction { memory in
            memory.pod = pod
            if memory.intent?.name == pod.name { memory.intent = nil }
        }
    }

    func notCreated(_ name: String) throws {
        try transaction { if $0.intent?.name == name { $0.intent = nil } }
    }

    func gone(_ id: String) throws {
        try transaction { if $0.pod?.id == id { $0.pod = nil } }
    }
}
