// Owns the proof that the whole client, from the provider down to libcurl, and the simulator mean the same: both APIs.
// Needs the simulator's executable beside the tests' own. Never logs in to a pod.

import CAISystem
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import CAIGPU

/// One after another: each test has a simulator of its own, with pods.
@Suite(.serialized) struct RunPodSimulatorTests {
    private let folder: TemporaryFolder
    private let simulator: Simulator
    private let store = MemoryStore()

    init() throws {
        folder = try TemporaryFolder()
        simulator = try Simulator(state: folder["state"], key: try SSHKey(in: folder))
    }

    private func provider(
        _ api: RunPodSettings.API, pod: String? = nil, networkVolume: String? = nil, key: String? = nil,
        clock: any WallClock = SystemWallClock()
    ) -> RunPodProvider {
        let settings = RunPodSettings(
            api: api, baseURL: simulator.baseURL, apiKey: APIKey(key ?? simulator.key, source: "RUNPOD_API_KEY"),
            pod: pod,
            networkVolume: networkVolume, gpus: ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB"],
            image: "runpod/pytorch",
            volumeGB: 20, maxUSDPerHour: 2.69, namePrefix: "caid-0a1b2c3d")
        return RunPodProvider(settings: settings, version: "0.1.0", store: store, clock: clock) {
            _ throws(GPUError) in
            throw GPUError(.unreachable, "no SSH in this test")
        }
    }

    private func wait(_ provider: RunPodProvider, until isThere: (Machine) -> Bool) async throws -> Machine {
        var machine = try await provider.machine()
        for _ in 0..<600 where !isThere(machine) {
            try await Task.sleep(for: .milliseconds(25))
            machine = try await provider.machine()
        }
        try #require(isThere(machine), "\(machine)")
        return machine
    }

    @Test(arguments: [RunPodSettings.API.v2, .graphql]) func aPodsWholeLife(api: RunPodSettings.API) async throws {
        let provider = provider(api)
        let begin = Date()
        #expect(try await provider.machine().status == .missing)
        try await simulator.trouble(
            #"{"kind": "no_capacity", "on": "create", "gpu": "NVIDIA H100 80GB HBM3", "count": 1}"#)
        try await provider.start()
        let first = try await wait(provider) { $0.endpoint != nil }
        #expect(first.status == .running)
        #expect(first.usdPerHour == 1.74)
        #expect(first.gpu?.contains("A100") == true)
        #expect(abs(first.storageUSDPerHour - 20 * 0.1 / 730) < 1e-12)
        #expect(first.endpoint?.host == "127.0.0.1")
        let place = try await simulator.place(of: first.id)
        #expect(first.endpoint?.port == place.port)

        try await provider.stop()
        let stopped = try await wait(provider) { $0.status == .stopped }
        #expect((stopped.id, stopped.usdPerHour, stopped.endpoint) == (first.id, 0, nil))
        try await provider.stop()

        try await simulator.trouble(#"{"kind": "no_capacity", "on": "start"}"#)
        #expect(await gpuError { () throws(GPUError) in try await provider.start() }?.code == .capacity)
        try await provider.start()
        let again = try await wait(provider) { $0.endpoint != nil }
        #expect(again.id == first.id)
        #expect(try await simulator.count(of: "create") == 2)

        #expect(try #require(try await provider.balance()) <= 100)
        let charges = try await provider.billing(since: begin)
        let meter = try await simulator.meter(of: first.id).usd
        #expect(charges.allSatisfy { $0.pod == first.id })
        #expect(charges.reduce(0) { $0 + $1.usd } <= meter)

        try await provider.terminate()
        #expect(try await provider.machine().status == .missing)
        #expect(try await provider.strays() == [])
    }

    @Test(arguments: [RunPodSettings.API.v2, .graphql]) func aLostCreateIsFoundAgain(api: RunPodSettings.API)
        async throws
    {
        try await simulator.trouble(#"{"kind": "cut", "on": "create"}"#)
        #expect(await gpuError { () throws(GPUError) in try await provider(api).start() }?.code == .ambiguous)
        // Another daemon over the same journal.
        let machine = try await wait(provider(api)) { $0.endpoint != nil }
        #expect(!machine.id.isEmpty)
        #expect(try await simulator.count(of: "create") == 1)
    }

    @Test(arguments: [RunPodSettings.API.v2, .graphql]) func aCreateThatFailedIsTriedAgainInTime(
        api: RunPodSettings.API
    ) async throws {
        try await simulator.trouble(#"{"kind": "server_error", "on": "create", "status": 502}"#)
        // Whatever the simulator takes for it: for the provider no time passes meanwhile.
        let clock = FixedClock()
        let provider = provider(api, clock: clock)
        #expect(await gpuError { () throws(GPUError) in try await provider.start() }?.code == .ambiguous)
        #expect(try await provider.machine().status == .preparing)
        clock.advance(RunPodProvider.visibleWithin)
        #expect(try await provider.machine().status == .missing)
        try await provider.start()
        _ = try await wait(provider) { $0.endpoint != nil }
        #expect(try await provider.strays() == [])
    }

    @Test(arguments: [RunPodSettings.API.v2, .graphql]) func aReplacedPodIsReported(api: RunPodSettings.API)
        async throws
    {
        let id = try await simulator.makePod("mine")
        let provider = provider(api, pod: id)
        try await provider.stop()
        _ = try await wait(provider) { $0.status == .stopped }
        try await provider.replace()
        let machine = try await wait(provider) { $0.endpoint != nil }
        #expect(machine.id != id)
        #expect(try await provider.strays().first?.contains("(\(id)) is stopped") == true)
    }

    @Test func runningWithoutAnAddressComesToRunWithOne() async throws {
        try await simulator.trouble(#"{"kind": "no_runtime", "seconds": 600}"#)
        let provider = provider(.v2)
        try await provider.start()
        #expect(try await wait(provider) { $0.status == .running }.endpoint == nil)
        try await simulator.clearTrouble()
        _ = try await wait(provider) { $0.endpoint != nil }
    }

    @Test(arguments: [RunPodSettings.API.v2, .graphql]) func trouble(api: RunPodSettings.API) async throws {
        let wrong = provider(api, key: "rpa_WRONG")
        let error = await gpuError { () throws(GPUError) in try await wrong.start() }
        #expect(error?.code == .auth)
        #expect(error?.message.contains("RUNPOD_API_KEY") == true)
        let provider = provider(api)
        try await simulator.trouble(#"{"kind": "rate_limit", "on": "list", "seconds": 600}"#)
        let limited = await gpuError { () throws(GPUError) in try await provider.strays() }
        #expect(limited?.code == .rateLimited)
        #expect(limited?.retryAfter == 600)
        try await simulator.clearTrouble()
        try await simulator.trouble(#"{"kind": "balance", "usd": 0}"#)
        #expect(await gpuError { () throws(GPUError) in try await provider.start() }?.code == .balance)
        #expect(try await provider.machine().status == .missing)
    }
}

/// A journal in memory.
private final class MemoryStore: MachineStore {
    private let state = Mutex(MachineMemory())

    func memory() throws -> MachineMemory { state.withLock { $0 } }
    func creating(_ intent: MachineMemory.Intent) throws { state.withLock { $0.intent = intent } }
    func created(_ pod: MachineMemory.Pod) throws { state.withLock { $0 = MachineMemory(pod: pod) } }
    func notCreated(_ name: String) throws { state.withLock { $0.intent = nil } }
    func gone(_ id: String) throws { state.withLock { $0.pod = nil } }
}
