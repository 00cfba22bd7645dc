// Owns the tests of who starts, keeps and stops the pod: over a provider in memory and a clock that is moved by hand.

import CAISystem
import Synchronization
import Testing

@testable import CAIGPU

@Suite struct PodKeeperTests {
    private let pod = KeptPod()
    private let use = PodUse(task: "a", step: "train", job: "j")

    /// Lets a stop that was asked for come to its end.
    private func settled(_ keeper: PodKeeper) async { await keeper.stopping?.value }

    private func running(_ keeper: PodKeeper) async throws {
        _ = try await keeper.ready { _ in }
        #expect(await keeper.machine?.status == .running)
    }

    @Test func theFirstWhoNeedsItStartsItAndTheRestWaitForTheSame() async throws {
        let keeper = pod.keeper()
        async let one = keeper.ready { _ in }
        async let other = keeper.ready { _ in }
        #expect(try await one.identity == other.identity)
        #expect(pod.log == ["start", "furnished"])
    }

    @Test func itStopsWhenItsWindowIsOverAndNotBefore() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        try await keeper.begin(use) { _ in }
        await keeper.turn()
        pod.clock.advance(3600)
        await keeper.turn()
        #expect(await keeper.facts.verdict == "busy: running a/train")
        await keeper.end(use, leaving: false)
        await keeper.turn()
        let facts = await keeper.facts
        #expect(facts.stopsAt == facts.idleSince.map { $0 + 600 })
        pod.clock.advance(599)
        await keeper.turn()
        #expect(!pod.log.contains("stop"))
        pod.clock.advance(1)
        await keeper.turn()
        await settled(keeper)
        #expect(pod.log.last == "stop")
        #expect(await keeper.facts.state == "stopped")
    }

    @Test func whatOnlyPeopleCanUnblockStopsItAtOnceUnlessAPersonWantsIt() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        await keeper.demands(PodDemand(waitsOnlyForPeople: true))
        await keeper.turn()
        await settled(keeper)
        #expect(pod.log.last == "stop")
        _ = try await keeper.startForPerson { _ in }
        await keeper.turn()
        #expect(await keeper.stopping == nil)
    }

    @Test func workThatWaitsForItKeepsIt() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        await keeper.demands(PodDemand(runnable: ["b.md"]))
        await keeper.turn()
        pod.clock.advance(10_000)
        await keeper.turn()
        #expect(await keeper.facts.verdict == "busy: next: b.md")
        #expect(!pod.log.contains("stop"))
    }

    @Test func whatIsNotHereKeepsItUpToTheCeilingAndThenTheLossIsNamed() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        await keeper.unpulled(use, true)
        // 3.61 USD an hour: the dollar lasts some 1000 s.
        for _ in 0..<9 {
            await keeper.turn()
            pod.clock.advance(100)
        }
        #expect(!pod.log.contains("stop"))
        for _ in 0..<3 {
            await keeper.turn()
            pod.clock.advance(100)
        }
        await settled(keeper)
        #expect(pod.log.last == "stop")
        #expect(await keeper.facts.warnings.contains { $0.contains("although this is not here: a/train") })
    }

    @Test func whatAnEarlierDaemonLeftThereIsRememberedForTheSameMachineOnly() async throws {
        var standing = PodFacts(provider: "kept", state: "running")
        (standing.machine, standing.unpulled, standing.isStartedByUs) = ("m1", ["a/train"], true)
        pod.state.withLock { $0.standing = standing }
        let keeper = pod.keeper()
        await keeper.turn()
        #expect(await keeper.facts.unpulled == ["a/train"])
        #expect(await keeper.isStartedByUs)
        await keeper.unpulled(use, false)
        #expect(await keeper.facts.unpulled == [])
        standing.machine = "another"
        pod.state.withLock { $0.standing = standing }
        let next = pod.keeper()
        await next.turn()
        #expect(await next.facts.unpulled == [])
    }

    @Test func aLimitInterruptsItsWorkAndStopsThePodWhenThatIsOver() async throws {
        let keeper = pod.keeper(budget: 10)
        try await running(keeper)
        let reason = Mutex<GPUError?>(nil)
        try await keeper.begin(use) { error in reason.withLock { $0 = error } }
        pod.state.withLock { $0.spent = (8.5, ["a": 8.5]) }
        await keeper.turn()
        #expect(reason.withLock { $0 } == nil)
        #expect(await keeper.facts.warnings.first?.contains("$8.50 of $10.00 are spent (85%)") == true)
        pod.state.withLock { $0.spent = (10, ["a": 10]) }
        await keeper.turn()
        #expect(reason.withLock { $0 }?.code == .budget)
        #expect(!pod.log.contains("stop"))
        await keeper.end(use, leaving: false)
        await keeper.turn()
        await settled(keeper)
        #expect(pod.log.last == "stop")
        await #expect(throws: GPUError.self) { try await keeper.begin(use) { _ in } }
        await #expect(throws: GPUError.self) { try await keeper.ready { _ in } }
    }

    @Test func aTasksOwnLimitInterruptsItAlone() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        let interrupted = Mutex<[String]>([])
        for task in ["a", "b"] {
            try await keeper.mayBegin(task: task, capUSD: task == "a" ? 2 : nil, seconds: nil)
            try await keeper.begin(PodUse(task: task, step: "s", job: task)) { _ in
                interrupted.withLock { $0.append(task) }
            }
        }
        pod.state.withLock { $0.spent = (4, ["a": 2, "b": 2]) }
        await keeper.turn()
        #expect(interrupted.withLock { $0 } == ["a"])
    }

    @Test func aForecastThatDoesNotFitIsRefused() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        try await keeper.mayBegin(task: "a", capUSD: 4, seconds: 3600)
        let error = await #expect(throws: GPUError.self) {
            try await keeper.mayBegin(task: "a", capUSD: 3, seconds: 3600)
        }
        #expect(error?.code == .budget)
        #expect(error?.message.contains("max_usd of $3.00") == true)
    }

    @Test func timeGoesOnTheAccountOfThoseWhoUsedItThen() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        try await keeper.begin(use) { _ in }
        await keeper.end(use, leaving: false)
        // Up to its begin nobody's, up to its end its own.
        let accounts = pod.state.withLock { $0.accounts.suffix(2) }
        #expect(accounts == [[], [Account(task: "a", step: "train")]])
    }

    @Test func aHostWithoutAFreeGPUIsReplaced() async throws {
        pod.state.withLock { $0.troubles = [GPUError(.capacity, "no free GPU on its host")] }
        let ready = try await pod.keeper().ready { _ in }
        #expect(pod.log == ["start", "replace", "furnished"])
        #expect(ready.identity.hasPrefix("m2 "))
    }

    @Test func aLostAnswerIsNotAskedAgain() async throws {
        pod.state.withLock { $0.troubles = [GPUError(.auth, "the key is refused")] }
        let error = await #expect(throws: GPUError.self) { try await pod.keeper().ready { _ in } }
        #expect(pod.log == ["start"])
        #expect(error?.message.contains("the key is refused") == true)
    }

    @Test func silenceIsWaitedOutAndTheMachineIsLookedAtAgain() async throws {
        pod.state.withLock { state in
            state.connections = (0..<3).map { _ in GPUError(.unreachable, "no answer", retryAfter: 0.001) }
        }
        _ = try await pod.keeper().ready { _ in }
        #expect(pod.log == ["start", "furnished"])
    }

    @Test func aRefusedKeyIsNoSilence() async throws {
        pod.state.withLock { $0.connections = [GPUError(.hostKey, "another key")] }
        let error = await #expect(throws: GPUError.self) { try await pod.keeper().ready { _ in } }
        #expect(error?.code == .hostKey)
    }

    @Test func aPersonDoesNotStopItOverWorkByMistake() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        let stopped = Mutex<GPUError?>(nil)
        try await keeper.begin(use) { error in
            stopped.withLock { $0 = error }
            Task { await keeper.end(use, leaving: false) }
        }
        let error = await #expect(throws: GPUError.self) { try await keeper.stopForPerson(force: false) }
        #expect(error?.message.contains("a/train is at work") == true)
        #expect(!pod.log.contains("stop"))
        try await keeper.stopForPerson(force: true)
        #expect(stopped.withLock { $0 }?.code == .refused)
        #expect(await keeper.facts.state == "stopped")
    }

    @Test func aDaemonThatEndsStopsWhatItStartedAndSaysWhatRunsOn() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        #expect(await keeper.leave(stopping: false)?.contains("m1 runs on and costs $3.60 an hour") == true)
        #expect(!pod.log.contains("stop"))
        #expect(await keeper.leave(stopping: true) == nil)
        #expect(pod.log.last == "stop")
    }

    @Test func aDaemonThatEndsLeavesWhatAPersonStarted() async throws {
        let keeper = pod.keeper()
        _ = try await keeper.startForPerson { _ in }
        #expect(await keeper.leave(stopping: true) != nil)
        #expect(!pod.log.contains("stop"))
    }

    @Test func aStopThatFailsIsAskedAgainUntilTheProviderSaysSo() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        pod.state.withLock { $0.troubles = [GPUError(.ambiguous, "lost", retryAfter: 0.001)] }
        #expect(await keeper.leave(stopping: true) == nil)
        #expect(pod.log.suffix(2) == ["stop", "stop"])
        #expect(await keeper.facts.warnings.first?.contains("cannot be stopped yet, and still costs money") == true)
    }

    @Test func theDeadManSwitchHearsFromUs() async throws {
        let keeper = pod.keeper()
        try await running(keeper)
        await keeper.turn()
        #expect(!pod.log.contains("word"))
        pod.clock.advance(121)
        await keeper.turn()
        #expect(pod.log.last == "word")
    }
}
