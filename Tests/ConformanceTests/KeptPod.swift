// Owns a ground's machine under the keeper, as jobs use it, and what the job and the pod would write into the journal.
// Never looks at the pod but when a job needs it, so that nothing is stopped for being idle.

import CAISystem
import Logging
import Synchronization
import SystemPackage
import TestSupport

@testable import CAIGPU

/// A machine on which jobs are run.
struct KeptPod {
    let ground: any Ground
    let keeper: PodKeeper
    let pod: Pod
    let journal = Journal()

    init(_ ground: any Ground) {
        self.ground = ground
        let worker = ground.worker
        let transfer = worker.transferCommand(in: ground.workdir)
        var settings = KeeperSettings(
            idle: IdleSettings(stopsMachines: ground.provider.features.stopsMachines),
            budget: BudgetSettings(totalUSD: 1000, warnAt: 0.8))
        settings.awaitEvery = 0.2
        keeper = PodKeeper(
            provider: ground.provider, bootstrap: RemoteBootstrap(worker: worker, deadMan: { _ in nil }),
            transfer: { [provider = ground.provider] machine in
                PodTransfer(agent: transfer, connections: 2) { () async throws(GPUError) in
                    try await provider.connect(to: machine)
                }
            }, store: journal, settings: settings, clock: SystemWallClock(), log: Logger(label: "test"))
        var jobs = JobSettings()
        (jobs.probeEvery, jobs.longestBackoff) = (1, 0.5)
        pod = Pod(
            access: keeper, store: journal, home: HomeCheckpoints(root: ground.folder["checkpoints"]), settings: jobs,
            clock: SystemWallClock(), log: Logger(label: "test"))
    }

    func request(_ kind: String, _ arguments: JSONValue, inputs: [JobInput], id: String = "j0b") -> JobRequest {
        JobRequest(
            id: id, kind: kind, arguments: arguments, inputs: inputs, staging: ground.folder["staging"],
            checkpointEvery: 1800, task: "run", step: kind)
    }

    /// What the worker says of the job.
    func state(of id: String = "j0b") async throws -> String {
        let connection = try await ground.connect()
        let folder = ground.workdir.appending("jobs").appending(id)
        let said = try await connection.run(connection.workerCommand + ["status", folder.string], deadline: 60)
        await connection.close()
        return try CanonicalJSON.decode(JobStatus.self, from: said.output).state
    }
}

/// What is written down, in memory.
final class Journal: JobStore, PodStore {
    private struct State {
        var lines: [String] = []
        var checkpoints: [HomeCheckpoint] = []
    }
    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }
    var checkpoints: [HomeCheckpoint] { state.withLock { $0.checkpoints } }

    private func write(_ line: String) { state.withLock { $0.lines.append(line) } }

    func jobStarts(_ request: JobRequest, pod: String) throws { write("starts \(request.id)") }
    func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws {
        write("\(state) \(id)")
    }
    func checkpointCame(_ checkpoint: HomeCheckpoint) throws { state.withLock { $0.checkpoints.append(checkpoint) } }
    func remark(_ use: PodUse, _ message: String) throws { write("remark \(message)") }

    func metered(_ machine: Machine, at: Double, accounts: [Account], since: Double?) throws {}
    func spent() throws -> (total: Double, byTask: [String: Double]) { (0, [:]) }
    func happened(_ message: String) throws { write("pod \(message)") }
    func lastStanding() throws -> PodFacts? { nil }
    func stands(_ facts: PodFacts) throws {}
}
