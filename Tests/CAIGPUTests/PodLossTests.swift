// Owns the tests of a job over whatever happens to its pod: lost connections, other boots, empty disks, stalls, limits of money, and a
// workstation that goes.
// Never starts a process.

import CAISystem
import Logging
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct PodLossTests {
    private let folder: TemporaryFolder
    private let control = JobControl()

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ pod: ScriptedPod, settings: JobSettings = JobSettings(), checkpointEvery: Double = 1800,
        progress: @escaping @Sendable (JobProgress) -> Void = { _ in }
    ) async throws -> JobResult {
        var settings = settings
        settings.longestBackoff = 0.01
        let request = JobRequest(
            id: "j", kind: "train", arguments: .null, inputs: [], staging: folder["staging"],
            checkpointEvery: checkpointEvery, task: "run", step: "train")
        return try await Pod(
            access: pod, store: LoggingStore(pod: pod), home: HomeCheckpoints(root: folder["checkpoints"]),
            settings: settings, clock: SystemWallClock(), log: Logger(label: "test")
        ).run(request, to: folder["home"], control: control, progress: progress)
    }

    @Test func aLostConnectionLosesNothing() async throws {
        let pod = ScriptedPod([[.steps(3), .steps(10), .done]])
        let seen = Mutex<[Double]>([])
        _ = try await run(pod) { progress in
            guard progress.unit == "steps" else { return }
            seen.withLock { $0.append(progress.done) }
            if progress.done == 3 { pod.state.withLock { $0.outage = 5 } }
        }
        #expect(seen.withLock { $0 } == [3, 10])
        #expect(pod.starts == 1)
        #expect(pod.log.filter { $0 == "suspected" }.count == 5)
    }

    /// The volume came along: what ran there is found, and its seconds count once.
    @Test func anotherBootReadsTheEventsAnew() async throws {
        let pod = ScriptedPod([[.steps(3), .death], [.steps(10), .done]])
        let result = try await run(pod) { progress in
            if progress.done == 3 { pod.state.withLock { ($0.boot, $0.outage) = (2, 1) } }
        }
        #expect(pod.starts == 2)
        let once = ScriptedPod([[.steps(3), .death], [.steps(10), .done]])
        #expect(try await run(once).seconds == result.seconds)
    }

    /// The checkpoint could not be brought home before the disk was lost: the one before it is what the job goes on from.
    @Test func aNewPodWithoutTheDiskGoesOnFromHome() async throws {
        let first: [Beat] = [.steps(3), .checkpoint(4, step: 3), .steps(5), .silence]
        let pod = ScriptedPod([first, [.steps(4), .steps(10), .done]], isRemote: true)
        let running = Task { try await run(pod) }
        while !pod.log.contains(where: { $0.contains("checkpoint 4 at home") }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        pod.state.withLock {
            $0.brokenPulls = 1
            $0.beats = [.checkpoint(5, step: 6), .silence]
        }
        // A word of the line's wakes up who looks at it.
        pod.wake()
        while pod.unpulled.last != true { try await Task.sleep(for: .milliseconds(5)) }
        pod.loseDisk()
        pod.wake()
        let result = try await running.value
        #expect(pod.text["checkpoints/000001/adapter"] == "state of step 3")
        #expect(pod.text["checkpoints/000001/manifest.json"] != nil)
        #expect(pod.starts == 2 && pod.unpulled.last == false)
        // Both disks' seconds: from `started` to the last word on each.
        #expect(result.seconds > 2, "\(result.seconds)")
    }

    /// A machine that dies takes its job along; that says nothing against the job.
    @Test func deathsOfTheMachineAreNotTheJobs() async throws {
        let pod = ScriptedPod(Array(repeating: [.steps(1), .death], count: 8) + [[.done]])
        let seen = Mutex<Set<Int>>([])
        _ = try await run(pod) { progress in
            guard progress.done == 1, seen.withLock({ $0.insert(pod.starts).inserted }) else { return }
            pod.state.withLock { state in
                state.boot += 1
                state.outage = 1
            }
        }
        #expect(pod.starts == 9)
    }

    @Test func anEmptyDiskGetsTheJobAndItsCheckpoint() async throws {
        let saved = folder["checkpoints"].appending("run").appending("train").appending("000007")
        let file = try folder.write("weights", to: "checkpoints/run/train/000007/adapter")
        #expect(file.removingLastComponent() == saved)
        let manifest =
            #"{"version":1,"job":"j","files":{"adapter":{"sha256":"\#(SHA256.hex(of: "weights"))","bytes":7}},"facts":{"step":4}}"#
        try folder.write(manifest, to: "checkpoints/run/train/000007/manifest.json")
        let pod = ScriptedPod([[.steps(10), .done]])
        _ = try await run(pod)
        #expect(pod.text["checkpoints/000007/adapter"] == "weights")
        #expect(pod.text["checkpoints/000007/manifest.json"] == manifest)
        let order = pod.log.filter { $0.hasPrefix("upload") }
        #expect(order.last == "upload job.json", "a folder without it is not yet a job")
    }

    @Test func aCheckpointThatIsNotWholeIsNotUploaded() async throws {
        try folder.write("weighty", to: "checkpoints/run/train/000007/adapter")
        let manifest =
            #"{"version":1,"job":"j","files":{"adapter":{"sha256":"\#(SHA256.hex(of: "weights"))","bytes":7}},"facts":{}}"#
        try folder.write(manifest, to: "checkpoints/run/train/000007/manifest.json")
        let pod = ScriptedPod([[.done]])
        _ = try await run(pod)
        #expect(!pod.log.contains { $0.contains("checkpoints/") })
    }

    @Test func aCheckpointComesHomeWhileTheJobRuns() async throws {
        let text = "adapter of step 5"
        let manifest =
            #"{"version":1,"job":"j","files":{"deep/adapter":{"sha256":"\#(SHA256.hex(of: text))","bytes":17}},"facts":{"step":5}}"#
        let pod = ScriptedPod([[.steps(5), .silence]])
        pod.state.withLock {
            $0.files["checkpoints/000003/deep/adapter"] = Array(text.utf8)
            $0.files["checkpoints/000003/manifest.json"] = Array(manifest.utf8)
        }
        let line =
            #"{"t":1005,"event":"checkpoint","seq":3,"step":5,"seconds":0.1,"manifest_sha256":"\#(SHA256.hex(of: manifest))"}"#
        pod.state.withLock { $0.attempts = [[.steps(5), .line(line), .silence]] }
        let running = Task { try await run(pod) }
        while !pod.log.contains("checkpoint 3 at home as 1") { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try folder.text("checkpoints/run/train/000001/deep/adapter") == text)
        #expect(try folder.text("checkpoints/run/train/000001/manifest.json") == manifest)
        #expect(try folder.names().allSatisfy { !$0.contains("pulling") })
        running.cancel()
        _ = await running.result
    }

    @Test func onlyTheNewestTwoOfAJobAreKept() async throws {
        let home = HomeCheckpoints(root: folder["checkpoints"])
        let pod = ScriptedPod([])
        try folder.write(
            #"{"version":1,"job":"other","files":{},"facts":{}}"#, to: "checkpoints/run/train/000001/manifest.json")
        for seq in 1...4 {
            let text = "state \(seq)"
            let manifest =
                #"{"version":1,"job":"j","files":{"a":{"sha256":"\#(SHA256.hex(of: text))","bytes":7}},"facts":{}}"#
            pod.state.withLock {
                $0.files["checkpoints/x/a"] = Array(text.utf8)
                $0.files["checkpoints/x/manifest.json"] = Array(manifest.utf8)
            }
            let came = try await home.pull(
                PodUse(task: "run", step: "train", job: "j"), podSeq: seq,
                from: FilePath("/pod/jobs/j/checkpoints/x"), promised: SHA256.hex(of: manifest),
                over: try await pod.ready { _ in }
            ) { _ in }
            #expect(came.seq == seq + 1)
        }
        #expect(
            try folder.names().filter { $0.hasSuffix("manifest.json") } == [
                "checkpoints/run/train/000001/manifest.json", "checkpoints/run/train/000004/manifest.json",
                "checkpoints/run/train/000005/manifest.json",
            ])
        #expect(try folder.text("checkpoints/run/train/000005/a") == "state 4")
    }

    @Test func onAnotherMachineTheJobRunsOnWithoutUs() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        let running = Task { try await run(pod) }
        while pod.starts == 0 { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        let error = await #expect(throws: GPUError.self) { try await running.value }
        #expect(error?.code == .stopped)
        #expect(!pod.log.contains("stop"))
        #expect(pod.state.withLock { $0.left } == true)
    }

    @Test func aLimitOfMoneyStopsItWithEverythingSaved() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]], isRemote: true)
        let running = Task { try await run(pod) }
        while pod.starts == 0 { try await Task.sleep(for: .milliseconds(5)) }
        pod.state.withLock { $0.interrupt }?(GPUError(.budget, "the money is gone"))
        let error = await #expect(throws: GPUError.self) { try await running.value }
        #expect(error?.code == .budget && error?.message == "the money is gone")
        #expect(pod.log.contains("stop"))
        #expect(pod.state.withLock { $0.left } == false)
        #expect(pod.log.last?.hasPrefix("ended stopped") == true)
    }

    @Test func withoutMoneyNothingIsStarted() async throws {
        let pod = ScriptedPod([[.done]])
        pod.state.withLock { $0.refusal = GPUError(.budget, "no money") }
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .budget)
        #expect(pod.log.isEmpty)
    }

    /// It lives, says nothing, and does not hear: it is ended by force, once started again, then a person has to look.
    @Test func aStalledJobIsRestartedOnceAndThenBlocked() async throws {
        let alive = (0..<200).map { Beat.line(#"{"t":\#(2000 + $0),"event":"log","level":"info","message":"alive"}"#) }
        let pod = ScriptedPod([[.steps(1)] + alive, [.steps(2)] + alive, [.done]])
        pod.state.withLock { $0.isDeaf = true }
        var settings = JobSettings()
        settings.stall = StallSettings(stallAfter: 0.2)
        settings.probeEvery = 0.05
        let error = await #expect(throws: GPUError.self) { try await run(pod, settings: settings) }
        #expect(error?.code == .noProgress)
        #expect(pod.starts == 2)
        #expect(pod.log.filter { $0 == "kill" }.count == 2)
        #expect(pod.log.contains { $0.contains("no useful progress") })
    }
}
