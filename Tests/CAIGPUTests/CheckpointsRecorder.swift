// Owns this machine as a pod whose checkpoints are recorded: when each came home, what was verified there, and how late this process
// itself was meanwhile.
// Never slows anything down.

import CAISystem
import FoundationEssentials
import Synchronization
import SystemPackage
import Testing

@testable import CAIGPU

/// Keeper and store of one job on a real worker. Instants are seconds since 1970.
final class CheckpointsRecorder: PodAccess, JobStore {
    struct Arrival: Sendable {
        var checkpoint: HomeCheckpoint
        var at: Double
        /// What lies at home has the digests of this manifest.
        var isVerified: Bool
    }
    struct State {
        var arrivals: [Arrival] = []
        var ended: [String] = []
        var remarks: [String] = []
        var starts = 0
        /// By how much a short sleep of this process has taken too long, at most.
        var lateness = 0.0
    }
    let provider: any Provider
    let hourlyPrice = 0.0
    let home: HomeCheckpoints
    let state = Mutex(State())
    private let python: String

    init(python: String, environment: [String: String], workdir: FilePath, home: HomeCheckpoints) {
        (self.python, self.home) = (python, home)
        provider = LocalProvider(
            workdir: workdir, workerCommand: [python, "-m", "caid_worker"], environment: environment)
    }

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }

    /// Waits until so many have come home.
    func has(_ count: Int) async throws {
        while arrivals.count < count {
            try #require(state.withLock { $0.ended.isEmpty }, "the job must not end before it is disturbed")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    static func now() -> Double { Date().timeIntervalSince1970 }

    /// Measures how late this process is, until it is cancelled.
    func measureLateness() async {
        while !Task.isCancelled {
            let before = monotonicSeconds()
            try? await Task.sleep(for: .milliseconds(20))
            let late = monotonicSeconds() - before - 0.02
            state.withLock { $0.lateness = max($0.lateness, late) }
        }
    }

    func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError) {}
    func end(_ use: PodUse, leaving: Bool) async {}
    func suspect(_ pod: ReadyPod, _ error: GPUError) async {}
    func unpulled(_ use: PodUse, _ isUnpulled: Bool) async {}

    func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod {
        let machine = try await provider.machine()
        let provider = provider
        return ReadyPod(
            identity: "local", connection: try await provider.connect(to: machine),
            transfer: PodTransfer(agent: [python, "-m", "caid_worker.transfer"], connections: 1) {
                () throws(GPUError) in
                try await provider.connect(to: machine)
            })
    }

    func jobStarts(_ request: JobRequest, pod: String) throws { state.withLock { $0.starts += 1 } }

    func jobEnded(_ id: String, state word: String, seconds: Double, usd: Double, isMetered: Bool) throws {
        state.withLock { $0.ended.append(word) }
    }

    func checkpointCame(_ checkpoint: HomeCheckpoint) throws {
        let saved = try home.newestVerified(checkpoint.use)
        let manifest = try saved.map { try RealFiles().read($0.folder.appending(JobManifest.name)) }
        let isVerified = manifest.map { SHA256.hex(of: $0) } == checkpoint.manifestSHA256
        state.withLock {
            $0.arrivals.append(Arrival(checkpoint: checkpoint, at: Self.now(), isVerified: isVerified))
        }
    }

    func remark(_ use: PodUse, _ message: String) throws { state.withLock { $0.remarks.append(message) } }
}
