// Owns a rented pod of the simulator as a pod of a test: made, started and stopped over the API alone, reached over its real sshd.
// Never looks into the simulator but for where the pod's disk lies.

import CAISystem
import Synchronization
import SystemPackage
import TestSupport

@testable import CAIGPU

struct RunPodGround: Ground {
    /// Before the folder, so that it ends before what it writes to is gone.
    let simulator: Simulator
    let folder: TemporaryFolder
    let worker: WorkerBundle
    let provider: any Provider
    let workdir: FilePath
    let pod: String

    init(_ worker: WorkerBundle) async throws {
        self.worker = worker
        let folder = try TemporaryFolder()
        let key = try SSHKey(in: folder)
        simulator = try Simulator(
            state: folder["state"], key: key,
            options: ["--cache", Product.cache.string])
        pod = try await simulator.makePod()
        workdir = try await simulator.place(of: pod).workspace.appending("cai")
        let settings = RunPodSettings(
            baseURL: simulator.baseURL, apiKey: APIKey(simulator.key, source: "RUNPOD_API_KEY"), pod: pod,
            gpus: [], image: "", volumeGB: 20, maxUSDPerHour: 2, namePrefix: "caid-test")
        let command = worker.command(in: workdir)
        provider = RunPodProvider(settings: settings, version: "test", store: NoMemory()) {
            [workdir] machine throws(GPUError) in
            guard let endpoint = machine.endpoint else { throw GPUError(.unreachable, "no address yet") }
            // A pod shows another host key, at another port, after each start.
            return try await SSHConnection.open(
                SSHSettings(
                    endpoint: endpoint, key: key.privateFile, agent: nil,
                    hostKey: HostKeyPolicy(
                        file: folder["known_hosts"], name: HostKeyPolicy.name(of: endpoint), pinOnFirstUse: true),
                    workdir: workdir, workerCommand: command))
        }
        self.folder = folder
    }

    func dropConnections() async throws {
        try await simulator.trouble(#"{"kind": "sshd_dies", "pod": "\#(pod)", "seconds": 0.2}"#)
        // It happens by itself, a moment later.
        try await Task.sleep(for: .milliseconds(150))
    }

    func stopMachine() async throws {
        try await simulator.act("stop", on: pod)
        _ = try await simulator.wait(for: pod, "EXITED")
    }
}

/// The pod is the configured one: none is made, so nothing has to be remembered.
private struct NoMemory: MachineStore {
    func memory() throws -> MachineMemory { MachineMemory() }
    func creating(_ intent: MachineMemory.Intent) throws {}
    func created(_ pod: MachineMemory.Pod) throws {}
    func notCreated(_ name: String) throws {}
    func gone(_ id: String) throws {}
}
