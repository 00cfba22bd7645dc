// Owns all pods and volumes of the simulated account, and the verbs that change them; one at a time.
// Never speaks HTTP. What goes wrong on purpose is asked of the TroubleBox at the place where it happens.

import CAISystem
import FoundationEssentials
import SystemPackage

actor Cloud {
    var state: CloudState
    var trouble: TroubleBox
    let folder: StateFolder
    let settings: Settings
    var isHappening = false
    /// The start of each pod that is, or was last, under way.
    var boots: [String: Task<Void, Never>] = [:]
    let files = RealFiles()

    struct Settings: Sendable {
        /// Billed seconds in a real one.
        var timeScale: Double
        var apiURL: String
        /// What every image brings as the cache of programs.
        var cache: FilePath?
    }

    /// Who may do what.
    enum Caller: Sendable {
        case account
        /// A pod with its own key.
        case pod(String)
    }

    init(folder: StateFolder, state: CloudState, trouble: TroubleBox, settings: Settings) {
        (self.folder, self.state, self.trouble, self.settings) = (folder, state, trouble, settings)
    }

    nonisolated var now: Double { Date().timeIntervalSince1970 }

    func caller(bearing key: String) -> Caller? {
        if key == state.apiKey { return .account }
        return state.pods.first { $0.key == key }.map { .pod($0.id) }
    }

    func save() {
        do { try folder.save(state) } catch { complain("the state cannot be saved: \(error)") }
    }

    func pod(_ id: String) throws(Problem) -> PodRecord {
        guard let pod = state.pods.first(where: { $0.id == id }) else { throw .missing("pod") }
        return pod
    }

    /// Changes a pod where it still exists; its meter follows its status.
    func change(_ id: String, _ body: (inout PodRecord) -> Void) {
        guard let index = state.pods.firstIndex(where: { $0.id == id }) else { return }
        let before = state.pods[index].status
        body(&state.pods[index])
        if state.pods[index].status != before { state.pods[index].statusChangedAt = now }
        state.pods[index].meter.turn(to: state.pods[index].rates, at: now)
        save()
    }

    func create(_ order: PodOrder) throws(Problem) -> PodRecord {
        guard let type = GPUType.named(order.gpu) else { throw .bad("unknown GPU type '\(order.gpu)'") }
        guard order.gpuCount <= type.maxCount else { throw .noCapacityToCreate }
        if let volume = order.networkVolume, !state.volumes.contains(where: { $0.id == volume }) {
            throw .missing("network volume")
        }
        try checkBalance()
        if trouble.draw(.noCapacity, for: Occasion(.create, gpu: order.gpu), at: now) != nil {
            throw .noCapacityToCreate
        }
        let given = order.env["PUBLIC_KEY"].map { $0.split(separator: "\n").map(String.init) }
        let pod = PodRecord(
            id: Self.name(14), order: order, key: "rpa_pod_" + Self.name(32),
            authorized: given ?? (order.startSSH ? state.sshKeys : []), createdAt: now, statusChangedAt: now)
        state.pods.append(pod)
        boot(pod.id, .create)
        return try self.pod(pod.id)
    }

    func start(_ id: String) throws(Problem) -> PodRecord {
        let pod = try pod(id)
        try check("start", of: pod)
        try checkBalance()
        if trouble.draw(.noCapacity, for: Occasion(.start, pod: pod), at: now) != nil { throw .noCapacityToStart }
        boot(id, .start)
        return try self.pod(id)
    }

    func stop(_ id: String) async throws(Problem) -> PodRecord {
        let pod = try pod(id)
        if !pod.isStopping { try check("stop", of: pod) }
        let never = trouble.draw(.noStop, for: Occasion(.stop, pod: pod), at: now) != nil
        let slow = never ? nil : trouble.draw(.slowStop, for: Occasion(.stop, pod: pod), at: now)
        change(id) {
            $0.isStopping = true
            $0.delays.stop = slow.map { now + ($0.seconds ?? 5) }
        }
        if slow == nil, !never { await shutDown(id, .exited) }
        return try self.pod(id)
    }

    func restart(_ id: String) async throws(Problem) -> PodRecord {
        try check("restart", of: try pod(id))
        await shutDown(id, .starting)
        if try pod(id).status == .starting { boot(id, .restart) }
        return try pod(id)
    }

    func terminate(_ id: String) async throws(Problem) {
        guard let pod = try? pod(id) else { throw .missing("pod") }
        await shutDown(id, .terminated)
        try? files.removeTree(folder.pod(pod.id))
        guard let index = state.pods.firstIndex(where: { $0.id == id }) else { return }
        var meter = state.pods[index].meter
        meter.turn(to: nil, at: now)
        state.former.append(FormerPod(id: id, name: pod.order.name, meter: meter))
        state.pods.remove(at: index)
        boots[id] = nil
        save()
    }

    private func check(_ action: String, of pod: PodRecord) throws(Problem) {
        if pod.actions.contains(action) { return }
        if pod.locked, action != "start" { throw Problem(409, "the pod is locked and cannot be stopped or reset") }
        throw Problem(409, "action \"\(action)\" is not valid for a pod that is \(pod.status.rawValue)")
    }

    private func checkBalance() throws(Problem) {
        if balance <= 0 { throw .noBalance }
    }

    /// A name nobody else has: lower-case letters and digits.
    static func name(_ length: Int) -> String {
        String((0..<length).compactMap { _ in "0123456789abcdefghijklmnopqrstuvwxyz".randomElement() })
    }
}
