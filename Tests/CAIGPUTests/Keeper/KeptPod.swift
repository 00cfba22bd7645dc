// Owns a rented machine, its account and its furnishing in memory, for the tests of the keeper.
// Never waits: what a provider takes time for is so many looks.

import CAISystem
import Logging
import Synchronization
import SystemPackage
import TestSupport

@testable import CAIGPU

/// Provider, store and bootstrap in one; the keeper over them has a clock that stands still.
final class KeptPod: Provider, PodStore, Bootstrap {
    struct State {
        var machine = Machine(id: "m1", status: .stopped, storageUSDPerHour: 0.01)
        /// Looks after which what was asked for shows.
        var delay = 1
        var pending: MachineStatus?
        /// What the next starts, stops, looks and connections end with, in this order.
        var troubles: [GPUError] = []
        var connections: [GPUError] = []
        var spent = (total: 0.0, byTask: [String: Double]())
        var accounts: [[Account]] = []
        var events: [String] = []
        var standing: PodFacts?
        var log: [String] = []
    }
    let name = "kept"
    let features = ProviderFeatures(stopsMachines: true, bills: true, isRemote: true, makesMachines: true)
    let state = Mutex(State())
    let clock = FixedClock()

    func keeper(budget: Double = 100, idleStop: Double = 600) -> PodKeeper {
        var settings = KeeperSettings(
            idle: IdleSettings(idleStop: idleStop, unpulledMaxUSD: 1),
            budget: BudgetSettings(totalUSD: budget, warnAt: 0.8))
        (settings.awaitEvery, settings.startDeadline, settings.stopDeadline) = (0.001, 60, 60)
        settings.gpus = ["H100", "A100"]
        return PodKeeper(
            provider: self, bootstrap: self, transfer: { _ in ScriptedPod([]) }, store: self, settings: settings,
            clock: clock, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var log: [String] { state.withLock { $0.log } }

    private func act(_ verb: String, _ next: MachineStatus) throws(GPUError) {
        let trouble = state.withLock { state -> GPUError? in
            state.log.append(verb)
            if !state.troubles.isEmpty { return state.troubles.removeFirst() }
            (state.pending, state.delay) = (next, 1)
            return nil
        }
        if let trouble { throw trouble }
    }

    // MARK: Provider

    func machine() async throws(GPUError) -> Machine {
        state.withLock { state in
            if let next = state.pending {
                state.delay -= 1
                if state.delay < 0 {
                    state.pending = nil
                    state.machine.status = next
                    state.machine.usdPerHour = next == .running ? 3.6 : 0
                    state.machine.endpoint = next == .running ? SSHEndpoint(host: "h", port: 22, user: "root") : nil
                }
            }
            return state.machine
        }
    }
    func start() async throws(GPUError) { try act("start", .running) }
    func stop() async throws(GPUError) { try act("stop", .stopped) }
    func terminate() async throws(GPUError) { try act("terminate", .missing) }
    func replace() async throws(GPUError) {
        try act("replace", .running)
        state.withLock { $0.machine.id = "m2" }
    }
    func connect(to machine: Machine) async throws(GPUError) -> any PodConnection {
        let trouble = state.withLock { $0.connections.isEmpty ? nil : $0.connections.removeFirst() }
        if let trouble { throw trouble }
        return KeptConnection()
    }

    // MARK: Bootstrap

    func prepare(
        _ connection: any PodConnection, _ machine: Machine, say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) { state.withLock { $0.log.append("furnished") } }
    func word(_ connection: any PodConnection) async throws(GPUError) -> String? {
        state.withLock { $0.log.append("word") }
        return nil
    }

    // MARK: Store

    func metered(_ machine: Machine, at: Double, accounts: [Account], since: Double?) throws {
        state.withLock { $0.accounts.append(accounts) }
    }
    func spent() throws -> (total: Double, byTask: [String: Double]) { state.withLock { $0.spent } }
    func happened(_ message: String) throws { state.withLock { $0.events.append(message) } }
    func lastStanding() throws -> PodFacts? { state.withLock { $0.standing } }
    func stands(_ facts: PodFacts) throws { state.withLock { $0.standing = facts } }
}

/// A connection on which nobody is logged in and nothing lies.
private struct KeptConnection: PodConnection {
    let workdir: FilePath = "/pod"
    let workerCommand = ["worker"]

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        CommandResult(status: 0, output: [], errors: [])
    }
    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer { throw GPUError(.unreachable, "nobody to talk with") }
    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] { [] }
    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> { AsyncStream { $0.finish() } }
    func makeFolder(_ path: FilePath) async throws(GPUError) {}
    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {}
    func close() async {}
}
