// Owns the tests of how a job on another machine ends: what it has saved is here before anybody says that it has ended, or the words
// say that it is not, and the pod's keeper knows.
// Never starts a process.

import CAISystem
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct JobStopTests {
    private let folder: TemporaryFolder
    private let control = JobControl()
    private let reason = GPUError(.budget, "the money is gone")

    init() throws { folder = try TemporaryFolder() }

    private func run(_ pod: ScriptedPod, endPatience: Double = 60) async throws -> JobResult {
        var settings = JobSettings()
        (settings.longestBackoff, settings.endPatience) = (0.01, endPatience)
        let request = JobRequest(
            id: "j", kind: "train", arguments: .null, inputs: [], staging: folder["staging"],
            checkpointEvery: 1800, task: "run", step: "train")
        return try await Pod(
            access: pod, store: LoggingStore(pod: pod), home: HomeCheckpoints(root: folder["checkpoints"]),
            settings: settings, clock: SystemWallClock(), log: Logger(label: "test")
        ).run(request, to: folder["home"], control: control) { _ in }
    }

    /// Runs until the pod's log has that line, then something happens, and the job's end follows.
    private func run(
        _ pod: ScriptedPod, until line: String, endPatience: Double = 60, _ happens: () -> Void
    ) async throws -> GPUError? {
        let running = Task { try await run(pod, endPatience: endPatience) }
        while !pod.log.contains(where: { $0.contains(line) }) { try await Task.sleep(for: .milliseconds(5)) }
        happens()
        return await #expect(throws: GPUError.self) { try await running.value }
    }

    private var atHome: [String] {
        get throws { try folder.names().filter { $0.hasSuffix("adapter") }.map { try folder.text($0) } }
    }

    @Test func theCheckpointOfItsEndIsHereBeforeItHasEnded() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { $0.lastBeats = [.checkpoint(1, step: 5)] }
        let error = try await run(pod, until: "start") { control.interrupt(reason) }
        #expect(error?.code == .budget && error?.message == reason.message)
        #expect(try atHome == ["state of step 5"])
        #expect(pod.unpulled == [true, false])
        #expect(pod.log.last?.hasPrefix("ended stopped") == true)
    }

    /// It had written one before it was asked to stop, which could not be brought home then.
    @Test func theOneThatItHadWrittenBeforeIsHereToo() async throws {
        let pod = ScriptedPod([[.steps(1), .checkpoint(3, step: 4), .silence]], isRemote: true)
        pod.state.withLock { $0.brokenPulls = 1 }
        let error = try await run(pod, until: "has not come home") { control.interrupt(reason) }
        #expect(error?.message == reason.message)
        #expect(try atHome == ["state of step 4"])
        #expect(pod.unpulled == [true, false])
    }

    @Test func tryingAgainIsPartOfIt() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { ($0.lastBeats, $0.brokenPulls) = ([.checkpoint(1, step: 5)], 5) }
        let error = try await run(pod, until: "start") { control.interrupt(reason) }
        #expect(error?.message == reason.message)
        #expect(try atHome == ["state of step 5"])
    }

    @Test func whatCannotBeBroughtHomeIsSaidAndKeepsThePod() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { ($0.lastBeats, $0.brokenPulls) = ([.checkpoint(1, step: 5)], 1 << 40) }
        let error = try await run(pod, until: "start", endPatience: 0.5) { control.interrupt(reason) }
        #expect(error?.code == .budget)
        #expect(error?.message.hasPrefix("the money is gone; its newest checkpoint is not here") == true)
        #expect(pod.unpulled == [true])
    }

    @Test func whatAPersonHasCancelledKeepsNoPod() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { ($0.lastBeats, $0.brokenPulls) = ([.checkpoint(1, step: 5)], 1 << 40) }
        let error = try await run(pod, until: "start", endPatience: 0.5) {
            control.interrupt(GPUError(.stopped, "cancelled"), forGood: true)
        }
        #expect(error?.code == .stopped)
        #expect(pod.unpulled == [true, false])
    }

    @Test func oneThatDoesNotHearIsEndedByForce() async throws {
        let pod = ScriptedPod([[.steps(1), .checkpoint(2, step: 3), .silence]], isRemote: true)
        pod.state.withLock { $0.isDeaf = true }
        let error = try await run(pod, until: "at home") { control.interrupt(reason) }
        #expect(error?.message == reason.message)
        #expect(pod.log.contains("kill"))
        #expect(try atHome == ["state of step 3"])
        #expect(pod.log.filter { $0.contains("at home") }.count == 1, "what is here is not brought again")
    }

    @Test func aPodThatDoesNotAnswerAtOnceIsWaitedFor() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { $0.lastBeats = [.checkpoint(1, step: 5)] }
        let error = try await run(pod, until: "start") {
            pod.state.withLock { $0.outage = 7 }
            control.interrupt(reason)
        }
        #expect(error?.message == reason.message)
        #expect(pod.log.contains("stop"))
        #expect(try atHome == ["state of step 5"])
    }

    @Test func oneThatAnswersNeverIsLeftWithWords() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        let error = try await run(pod, until: "start", endPatience: 0.3) {
            pod.state.withLock { $0.outage = 1 << 40 }
            control.interrupt(reason)
        }
        #expect(error?.code == .budget)
        #expect(error?.message.contains("whether it has ended") == true)
        #expect(!pod.log.contains("stop"))
    }

    /// No machine is started only to stop what cannot run.
    @Test func aMachineThatDoesNotRunIsLeftAlone() async throws {
        let pod = ScriptedPod([[.steps(1), .checkpoint(2, step: 3), .silence]], isRemote: true)
        pod.state.withLock { $0.brokenPulls = 1 << 40 }
        let error = try await run(pod, until: "has not come home") {
            pod.state.withLock { ($0.machine, $0.outage) = (.stopped, 1 << 40) }
            control.interrupt(reason)
        }
        #expect(error?.message.contains("on the pod alone (the pod does not run)") == true)
        #expect(pod.unpulled == [true])
    }

    @Test func aFailedJobsCheckpointComesHomeToo() async throws {
        let pod = ScriptedPod([[.steps(1), .checkpoint(2, step: 3), .failed("a bug")]], isRemote: true)
        pod.state.withLock { $0.brokenPulls = 1 }
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .jobFailed && error?.message == "a bug")
        #expect(try atHome == ["state of step 3"])
        #expect(pod.unpulled == [true, false])
        let broken = ScriptedPod([[.steps(1), .checkpoint(3, step: 4), .failed("a bug")]], isRemote: true)
        broken.state.withLock { $0.brokenPulls = 1 << 40 }
        let second = await #expect(throws: GPUError.self) { try await run(broken) }
        #expect(second?.message.hasPrefix("a bug; its newest checkpoint is not here") == true)
        #expect(broken.unpulled == [true])
    }

    @Test func resultsAreUnpulledUntilTheyAreHere() async throws {
        let pod = ScriptedPod([[.steps(1), .done]], isRemote: true)
        _ = try await run(pod)
        #expect(pod.unpulled == [true, false])
        let broken = ScriptedPod([], isRemote: true)
        broken.live([.done])
        broken.state.withLock { $0.files["outputs/results.jsonl"] = [0] }
        await #expect(throws: GPUError.self) { try await run(broken) }
        #expect(broken.unpulled == [true])
    }

    /// Money runs out in the moment in which it is done: what it made is here all the same.
    @Test func oneThatWasDoneBeforeItCouldBeStoppedHasItsResult() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        pod.state.withLock { $0.isDeaf = true }
        let running = Task { try await run(pod) }
        while !pod.log.contains("start") { try await Task.sleep(for: .milliseconds(5)) }
        pod.live([.done])
        control.interrupt(reason)
        _ = try await running.value
        #expect(try folder.text("home/results.jsonl") == "{}\n")
        #expect(pod.unpulled.last == false)
    }

    /// Only we go: what is there alone still is, and the job runs on.
    @Test func whoOnlyGoesLeavesTheWordsAsTheyAre() async throws {
        let pod = ScriptedPod([[.steps(1), .checkpoint(2, step: 3), .silence]], isRemote: true)
        pod.state.withLock { $0.brokenPulls = 1 << 40 }
        let running = Task { try await run(pod) }
        while !pod.log.contains(where: { $0.contains("has not come home") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        running.cancel()
        let error = await #expect(throws: GPUError.self) { try await running.value }
        #expect(error?.code == .stopped && error?.message.contains("runs on without us") == true)
        #expect(pod.unpulled == [true] && !pod.log.contains("stop"))
        #expect(pod.state.withLock { $0.left } == true)
    }

    /// Whoever floods us with events is ended like anybody else.
    @Test func aFloodOfEventsHoldsUpNobody() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        let error = try await run(pod, until: "start") {
            pod.state.withLock { $0.isFlooding = true }
            pod.wake()
            control.interrupt(reason)
        }
        #expect(error?.message == reason.message)
        #expect(pod.log.contains("stop"))
    }

    @Test func warningsWithoutEndArePassedOnForAWhile() async throws {
        let warning = Beat.line(#"{"t":1001,"event":"log","level":"warning","message":"careful"}"#)
        let pod = ScriptedPod([Array(repeating: warning, count: 300) + [.done]])
        _ = try await run(pod)
        #expect(pod.log.filter { $0.hasPrefix("remark") }.count == 100)
        #expect(pod.log.last { $0.hasPrefix("remark") }?.contains("without end") == true)
    }
}
