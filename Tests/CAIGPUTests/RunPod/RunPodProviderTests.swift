// Owns the tests of RunPod as a provider: which pod is ours, starting, stopping, replacing, what it costs.
// Never waits: time is moved.

import CAISystem
import Testing

@testable import CAIGPU

struct RunPodProviderTests {
    private let cloud = MemoryCloud()

    private func error<Value>(_ body: () async throws(GPUError) -> Value) async -> GPUError? { await gpuError(body) }

    @Test func whereThereIsNoneOneIsMade() async throws {
        let provider = cloud.provider()
        #expect(try await provider.machine().status == .missing)
        try await provider.start()
        let made = try #require(cloud.pods.first)
        #expect(made.gpu == "NVIDIA H100 80GB HBM3")
        #expect(made.name == "caid-0a1b2c3d-n1")
        #expect(try await provider.machine().status == .preparing)
        cloud.clock.advance(60)
        let machine = try await provider.machine()
        #expect((machine.id, machine.status) == (made.id, .running))
        #expect(machine.usdPerHour == 2.69)
        #expect(abs(machine.storageUSDPerHour - 200 * 0.1 / 730) < 1e-12)
        try await provider.start()
        #expect(cloud.pods.count == 1, "it runs already")
    }

    @Test func theNextOnTheListIsTakenWhereNoneIsFree() async throws {
        cloud.state.withLock { $0.createErrors = [.capacity] }
        try await cloud.provider().start()
        #expect(cloud.pods.map(\.gpu) == ["NVIDIA A100-SXM4-80GB"])
        #expect(cloud.remembered.intent == nil)
    }

    @Test func whatCannotBeHadIsNamedWithItsPrice() async throws {
        cloud.state.withLock { $0.createErrors = [.capacity, .refused] }
        let settings = RunPodFixture.settings(
            gpus: ["NVIDIA B200", "TPU", "L4", "h100 sxm", "NVIDIA A100-SXM4-80GB"])
        let provider = cloud.provider(settings)
        let error = await error { () throws(GPUError) in try await provider.start() }
        #expect(error?.code == .capacity)
        for words in [
            "NVIDIA B200 $5.99/h: over max_usd_per_hour", "TPU: not in the catalog", "NVIDIA L4: no price",
            "NVIDIA H100 80GB HBM3 $2.69/h: none free", "NVIDIA A100-SXM4-80GB $1.74/h: refused", "up to $2.69/h",
        ] { #expect(error?.message.contains(words) == true) }
        #expect(cloud.pods.isEmpty && cloud.remembered.intent == nil)
    }

    @Test func anEmptyListSaysSo() async {
        let provider = cloud.provider(RunPodFixture.settings(gpus: []))
        let error = await error { () throws(GPUError) in try await provider.start() }
        #expect(error?.message.contains("runpod.gpus is empty") == true)
    }

    @Test(arguments: [GPUError.Code.refused, .auth]) func theSameAnswerForAllIsAboutTheRequest(code: GPUError.Code)
        async
    {
        cloud.state.withLock { $0.createErrors = [code, code] }
        let provider = cloud.provider()
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == code)
    }

    @Test(arguments: [GPUError.Code.balance, .rateLimited, .unreachable]) func whatStandsAgainstAllStopsTheSearch(
        code: GPUError.Code
    ) async {
        cloud.state.withLock { $0.createErrors = [code] }
        let provider = cloud.provider()
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == code)
        #expect(cloud.pods.isEmpty && cloud.remembered.intent == nil)
    }

    @Test func aLostAnswerIsLookedForAndNotAskedAgain() async throws {
        cloud.state.withLock { ($0.createErrors, $0.listLag) = ([.ambiguous], 100) }
        let provider = cloud.provider()
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == .ambiguous)
        let machine = try await provider.machine()
        #expect((machine.id, machine.status) == ("", .preparing), "nobody knows yet")
        let again = await error { () throws(GPUError) in try await provider.start() }
        #expect(again?.code == .ambiguous)
        #expect(again?.retryAfter == RunPodProvider.visibleWithin)
        cloud.clock.advance(100)
        #expect(try await provider.machine().status == .running)
        try await provider.start()
        #expect(cloud.pods.count == 1)
    }

    @Test func aRequestThatCameToNothingIsForgottenInTime() async throws {
        cloud.state.withLock { $0.createErrors = [.ambiguous] }
        let provider = cloud.provider()
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == .ambiguous)
        cloud.state.withLock { $0.pods = [] }
        cloud.clock.advance(RunPodProvider.visibleWithin - 1)
        #expect(try await provider.machine().status == .preparing)
        cloud.clock.advance(1)
        #expect(try await provider.machine().status == .missing)
        try await provider.start()
        #expect(cloud.pods.count == 1)
    }

    @Test func twinsOfARequestAreDeletedAndNothingElse() async throws {
        cloud.state.withLock { $0.memory.intent = .init(name: "caid-0a1b2c3d-t", at: cloud.clock.now(), replaces: nil) }
        let stopped = cloud.add("caid-0a1b2c3d-t", .stopped)
        let running = cloud.add("caid-0a1b2c3d-t", .running)
        let other = cloud.add("caid-0a1b2c3d-other", .running)
        let theirs = cloud.add("production", .running)
        #expect(try await cloud.provider().machine().id == running)
        #expect(cloud.state.withLock { $0.deleted } == [stopped])
        #expect(cloud.pods.map(\.id) == [running, other, theirs])
    }

    @Test func aStoppedPodIsResumed() async throws {
        let id = cloud.add("mine", .stopped)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        let machine = try await provider.machine()
        #expect((machine.status, machine.usdPerHour) == (.stopped, 0))
        #expect(abs(machine.storageUSDPerHour - 200 * 0.2 / 730) < 1e-12)
        try await provider.start()
        #expect(try await provider.machine().status == .running)
        #expect(cloud.pods.count == 1)
    }

    @Test func aRefusedResumeIsTheCallersDecision() async throws {
        let id = cloud.add("mine", .stopped)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        cloud.state.withLock { $0.startErrors = [.capacity] }
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == .capacity)
        #expect(cloud.pods.count == 1)
        try await provider.replace()
        #expect(cloud.pods.map(\.id).first == id, "the old one stays")
        let new = try #require(cloud.pods.last)
        #expect(try await provider.machine().id == new.id)
        #expect(
            try await provider.strayPods() == [
                StrayPod(id: id, name: "mine", status: .stopped, usdPerHour: 200 * 0.2 / 730)
            ], "and is reported")
        let reopened = cloud.provider(RunPodFixture.settings(pod: id))
        #expect(try await reopened.machine().id == new.id, "also by the next daemon")
        let another = cloud.add("another", .stopped)
        #expect(try await cloud.provider(RunPodFixture.settings(pod: another)).machine().id == another, "the file wins")
    }

    @Test func aReplacementThatIsGoneIsReplaced() async throws {
        let id = cloud.add("mine", .stopped)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        try await provider.replace()
        let first = try #require(cloud.pods.last)
        cloud.state.withLock { $0.pods.removeAll { $0.id == first.id } }
        #expect(try await provider.machine().status == .missing)
        try await provider.start()
        #expect(cloud.pods.count == 2)
        #expect(try await provider.machine().id == cloud.pods.last?.id)
    }

    @Test(arguments: [MachineStatus.running, .preparing]) func aRunningPodIsNotReplaced(status: MachineStatus)
        async throws
    {
        let id = cloud.add("mine", status)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        #expect(await error { () throws(GPUError) in try await provider.replace() }?.code == .refused)
        #expect(cloud.pods.count == 1)
    }

    @Test func aConfiguredPodThatIsNotThereIsAPersonsMatter() async throws {
        let provider = cloud.provider(RunPodFixture.settings(pod: "typo"))
        #expect(try await provider.machine().status == .missing)
        let error = await error { () throws(GPUError) in try await provider.start() }
        #expect(error?.code == .missing)
        #expect(error?.message.contains("runpod.pod") == true)
        #expect(cloud.pods.isEmpty)
    }

    @Test func stoppingAsksAndTheStateAnswers() async throws {
        let provider = cloud.provider()
        try await provider.stop()
        try await provider.start()
        try await provider.stop()
        #expect(try await provider.machine().status == .stopped)
        cloud.state.withLock { $0.stopErrors = [.refused, .missing] }
        try await provider.stop()
        try await provider.stop()
        cloud.change(try #require(cloud.pods.first).id) { ($0.status, $0.isLocked) = (.running, true) }
        cloud.state.withLock { $0.stopErrors = [.refused] }
        let error = await error { () throws(GPUError) in try await provider.stop() }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("unlock it in the console; it allows now: stop, terminate") == true)
        cloud.state.withLock { $0.stopErrors = [.ambiguous] }
        #expect(await self.error { () throws(GPUError) in try await provider.stop() }?.code == .ambiguous)
    }

    @Test func aLostAnswerToAStartOrStopIsLookedInto() async throws {
        let id = cloud.add("mine", .stopped)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        cloud.state.withLock { ($0.startErrors, $0.stopErrors) = ([.ambiguous], [.ambiguous]) }
        try await provider.stop()
        #expect(await error { () throws(GPUError) in try await provider.start() }?.code == .ambiguous)
        #expect(cloud.state.withLock { $0.startErrors.isEmpty && $0.stopErrors.isEmpty }, "both were asked for once")
    }

    @Test func aStartThatIsRefusedBecauseItRunsIsNone() async throws {
        let id = cloud.add("mine", .failed)
        let provider = cloud.provider(RunPodFixture.settings(pod: id))
        cloud.state.withLock { $0.startErrors = [.refused, .refused, .ambiguous] }
        let error = await error { () throws(GPUError) in try await provider.start() }
        #expect(error?.message.contains("it allows now") == true)
        for _ in 0..<2 {
            cloud.change(id) { $0.status = .failed }
            cloud.state.withLock { $0.startsBehindTheScenes = true }
            try await provider.start()
        }
    }

    @Test func aPodThatWasGivenUpIsForgotten() async throws {
        let provider = cloud.provider()
        try await provider.terminate()
        try await provider.start()
        try await provider.terminate()
        #expect(cloud.pods.isEmpty && cloud.remembered == MachineMemory())
        #expect(try await provider.machine().status == .missing)
    }

    @Test func podsThatNobodyUsesAreReportedWithTheirCost() async throws {
        let provider = cloud.provider()
        try await provider.start()
        let running = cloud.add("caid-0a1b2c3d-old", .running)
        cloud.add("caid-0a1b2c3d", .running)
        cloud.add("caid-ffffffff-x", .running)
        cloud.add("production", .running)
        cloud.add("caid-0a1b2c3d-dead", .missing)
        let strays = try await provider.strayPods()
        #expect(strays.map(\.id) == [running])
        let seam: any Provider = provider
        let words = try await seam.strays()
        #expect(words.count == 1)
        #expect(words.first?.hasPrefix("the pod caid-0a1b2c3d-old (\(running)) is running, costs $2.72/h") == true)
        #expect(abs((strays.first?.usdPerHour ?? 0) - (2.69 + 200 * 0.1 / 730)) < 1e-12)
        #expect(cloud.state.withLock { $0.deleted }.isEmpty)
    }

    @Test func aNetworkVolumeIsNamedApart() async throws {
        let provider = cloud.provider(RunPodFixture.settings(networkVolume: "vol1"))
        let (volume, cost) = try #require(try await provider.networkVolume())
        #expect(volume.id == "vol1")
        #expect(abs(cost - 0.07) < 1e-12)
        #expect(try await cloud.provider().networkVolume() == nil)
    }

    @Test func withoutAnAddressNobodyConnects() async {
        let provider = cloud.provider()
        let error = await error { () throws(GPUError) in
            try await provider.connect(to: Machine(id: "abc", status: .running))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("22/tcp") == true)
    }

    @Test func twoStartsAtOnceMakeOnePod() async throws {
        let provider = cloud.provider()
        let codes = await withTaskGroup(of: GPUError.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask { await gpuError { () throws(GPUError) in try await provider.start() }?.code }
            }
            return await group.reduce(into: [GPUError.Code?]()) { $0.append($1) }
        }
        #expect(cloud.pods.count == 1)
        #expect(codes.contains(nil))
        #expect(codes.allSatisfy { $0 == nil || $0 == .refused })
    }
}
