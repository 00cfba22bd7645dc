// Owns the tests of a job's way through a pod: start, attach, adopt, restart, stop, and what is believed of its outputs.
// Never starts a process; LocalProviderTests.swift does.

import CAIGPU
import CAISystem
import Logging
import Synchronization
import SystemPackage
import TestSupport
import Testing

struct PodRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ pod: ScriptedPod, inputs: [JobInput] = [], control: JobControl = JobControl(),
        progress: @escaping @Sendable (JobProgress) -> Void = { _ in }
    ) async throws -> JobResult {
        let request = JobRequest(
            id: "j", kind: "train", arguments: .object(["lr": .double(0.5)]), inputs: inputs,
            staging: folder["staging"], checkpointEvery: 1800, task: "run", step: "train")
        defer { try? RealFiles().removeTree(folder["staging"]) }
        return try await jobs(on: pod, store: LoggingStore(pod: pod))
            .run(request, to: folder["home"], control: control, progress: progress)
    }

    private func jobs(on pod: ScriptedPod, store: any JobStore) -> Pod {
        var settings = JobSettings()
        settings.longestBackoff = 0.01
        return Pod(
            access: pod, store: store, home: HomeCheckpoints(root: folder["checkpoints"]), settings: settings,
            clock: SystemWallClock(), log: Logger(label: "test"))
    }

    @Test func aNewJobIsUploadedStartedFollowedAndBroughtHome() async throws {
        let pod = ScriptedPod([[.steps(3), .steps(10), .done]], outputs: ["a.jsonl": "1\n", "deep/er/b": "2"])
        let seen = Mutex<[Double]>([])
        let input = try folder.write("data\n", to: "data")
        let result = try await run(pod, inputs: [JobInput(name: "adapters/sft/data", source: input)]) { progress in
            seen.withLock { $0.append(progress.done) }
        }
        #expect(seen.withLock { $0 } == [3, 10])
        #expect(try folder.names() == ["data", "home/a.jsonl", "home/deep/er/b"])
        #expect(try folder.text("home/deep/er/b") == "2")
        #expect(result.manifest.facts["steps"] == .int(10))
        #expect(result.manifestSHA256 == SHA256.hex(of: try #require(pod.text["outputs/manifest.json"])))
        #expect(result.seconds == result.usd, "3600 USD an hour")
        #expect(pod.text["inputs/adapters/sft/data"] == "data\n")
        let job = try CanonicalJSON.decode(JSONValue.self, from: try #require(pod.text["job.json"]).utf8)
        #expect(job["kind"] == .string("train") && job["arguments"] == .object(["lr": .double(0.5)]))
        #expect(job["inputs"]?["adapters/sft/data"]?["sha256"] == .string(SHA256.hex(of: "data\n")))
        #expect(job["inputs"]?["adapters/sft/data"]?["bytes"] == .int(5))
    }

    @Test func theIntentIsStoredBeforeTheStartAndJobJSONComesLast() async throws {
        let pod = ScriptedPod([[.done]])
        let input = try folder.write("data\n", to: "data")
        _ = try await run(pod, inputs: [JobInput(name: "data", source: input)])
        #expect(
            pod.log.filter { $0 != "status" } == [
                "upload inputs/data", "upload job.json", "intent j on scripted", "start", "ended done 1 s 1 USD",
            ])
    }

    @Test func anIntentThatCannotBeStoredStartsNothing() async throws {
        struct NoStore: JobStore {
            func jobStarts(_ request: JobRequest, pod: String) throws { throw Errno.noSpace }
            func jobEnded(_ id: String, state: String, seconds: Double, usd: Double, isMetered: Bool) throws {}
            func checkpointCame(_ checkpoint: HomeCheckpoint) throws {}
            func remark(_ use: PodUse, _ message: String) throws {}
        }
        let pod = ScriptedPod([[.done]])
        let request = JobRequest(
            id: "j", kind: "train", arguments: .null, inputs: [], staging: folder["staging"], checkpointEvery: 30,
            task: "run", step: "train")
        let error = await #expect(throws: GPUError.self) {
            try await jobs(on: pod, store: NoStore()).run(request, to: folder["home"]) { _ in }
        }
        #expect(error?.message == "cannot write the journal; nothing was started")
        #expect(pod.starts == 0)
    }

    @Test func aRunningJobIsAttachedTo() async throws {
        let pod = ScriptedPod([])
        pod.live([.steps(4)])
        pod.state.withLock { $0.beats = [.steps(8), .done] }
        let seen = Mutex<[Double]>([])
        _ = try await run(pod) { progress in seen.withLock { $0.append(progress.done) } }
        #expect(seen.withLock { $0 } == [4, 8])
        #expect(pod.starts == 1, "by the earlier life")
        #expect(!pod.log.contains { $0.hasPrefix("upload") || $0.hasPrefix("intent") || $0 == "start" })
    }

    /// What was said before anybody listened is no sign of life.
    @Test func whatAJobSaysIsASignOfLife() async throws {
        let pod = ScriptedPod([[.steps(3), .steps(10), .done]])
        _ = try await run(pod)
        #expect(pod.state.withLock { $0.heard } >= 2)
        let complete = ScriptedPod([])
        complete.live([.steps(10), .done])
        _ = try await run(complete)
        #expect(complete.state.withLock { $0.heard } == 0)
    }

    @Test func aCompleteJobIsAdopted() async throws {
        let pod = ScriptedPod([])
        pod.live([.steps(10), .done])
        _ = try await run(pod)
        #expect(pod.log == ["status", "ended done 1 s 1 USD"])
        #expect(try folder.names() == ["home/results.jsonl"])
    }

    /// Death came between the outputs and the event; the worker's `start` verifies and adds it.
    @Test func outputsWithoutTheirWordAreAdopted() async throws {
        let pod = ScriptedPod([])
        pod.live([.steps(10), .doneSilently])
        pod.state.withLock { $0.time = 900_000 }
        let result = try await run(pod)
        #expect(pod.log.contains("start") && pod.starts == 1)
        #expect(try folder.names() == ["home/results.jsonl"])
        #expect(result.seconds < 100, "the time in which nobody worked costs nothing")
    }

    @Test func aCorruptOutputIsFound() async throws {
        let pod = ScriptedPod([])
        pod.live([.done])
        pod.state.withLock { $0.files["outputs/results.jsonl"] = [0] }
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("results.jsonl came home with sha256") == true)
    }

    @Test func aManifestThatIsNotTheAnnouncedOneIsNotBelieved() async throws {
        let pod = ScriptedPod([])
        pod.live([.done])
        pod.state.withLock { $0.files["outputs/manifest.json"]? += [0x20] }
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("/pod/jobs/j") == true, "it says what to remove")
        #expect(try folder.names() == [])
    }

    @Test(arguments: ["../out", "/etc/passwd", "a/../../out", "./a", "..", ""])
    func aPathOutOfTheFolderIsRefused(name: String) async throws {
        let pod = ScriptedPod([], outputs: [name: "evil"])
        pod.live([.done])
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .corrupt)
        #expect(try folder.names() == [])
    }

    @Test func anInputsNameOutOfTheFolderIsRefused() async throws {
        let pod = ScriptedPod([[.done]])
        let input = try folder.write("data", to: "data")
        let error = await #expect(throws: GPUError.self) {
            try await run(pod, inputs: [JobInput(name: "../job.json", source: input)])
        }
        #expect(error?.code == .corrupt)
        #expect(pod.text["job.json"] == nil && pod.starts == 0)
    }

    @Test func aFailureIsToldInTheWorkersWords() async throws {
        let pod = ScriptedPod([[.steps(1), .failed("the disk is full; make room")], [.done]])
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .jobFailed)
        #expect(error?.message == "the disk is full; make room")
        #expect(error?.cause == "Traceback: the disk is full; make room")
        #expect(pod.starts == 1)
        #expect(pod.log.last?.hasPrefix("ended failed") == true)
    }

    @Test func aFailureOfAnEarlierLifeIsTriedOnceMore() async throws {
        let pod = ScriptedPod([[.failed("again")], [.done]])
        pod.live([.failed("of old")])
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.message == "again")
        #expect(pod.starts == 2)
        let mended = ScriptedPod([[.done]])
        mended.live([.failed("of old")])
        _ = try await run(mended)
        #expect(mended.starts == 2)
    }

    /// The word of the attempt before must not be taken for this one's, even while this one has not yet said anything.
    @Test func aResumedJobIsFollowedAndNotAskedWithoutEnd() async throws {
        let pod = ScriptedPod([[.steps(6), .steps(7), .steps(8), .steps(9), .done]])
        pod.live([.steps(5), .stopped])
        let started = try #require(pod.text["events.jsonl"])
        let seen = Mutex<[Double]>([])
        _ = try await run(pod) { progress in seen.withLock { $0.append(progress.done) } }
        #expect(started.contains("stopped"))
        #expect(seen.withLock { $0 } == [5, 6, 7, 8, 9])
    }

    @Test func aDeadJobIsRestartedForFreeWhileItAdvances() async throws {
        let dying = (1...9).map { [Beat.steps($0), .death] }
        let pod = ScriptedPod(dying + [[.steps(10), .done]])
        _ = try await run(pod)
        #expect(pod.starts == 10)
    }

    @Test func withoutProgressItIsRestartedThreeTimes() async throws {
        let loading = Beat.line(#"{"t":1,"event":"progress","done":99,"total":99,"unit":"bytes","phase":"loading"}"#)
        let pod = ScriptedPod(Array(repeating: [loading, .death], count: 20))
        let error = await #expect(throws: GPUError.self) { try await run(pod) }
        #expect(error?.code == .noProgress)
        #expect(error?.message.contains("/pod/jobs/j/worker.log") == true)
        #expect(pod.starts == 4, "one start and three restarts")
        #expect(pod.log.last?.hasPrefix("ended dead") == true)
    }

    @Test func anAdvanceForgivesEarlierDeaths() async throws {
        let script: [[Beat]] = [
            [.death], [.death], [.death], [.steps(1), .death], [.death], [.death], [.death], [.done],
        ]
        let pod = ScriptedPod(script)
        _ = try await run(pod)
        #expect(pod.starts == script.count)
    }

    @Test func aCancellationStopsTheJobAndIsAccounted() async throws {
        let pod = ScriptedPod([[.steps(1), .silence]])
        let reached = AsyncStream<Void>.makeStream()
        let running = Task { [self] in
            try await run(pod) { _ in reached.continuation.yield() }
        }
        for await _ in reached.stream { break }
        running.cancel()
        let error = await #expect(throws: GPUError.self) { try await running.value }
        #expect(error?.code == .stopped)
        #expect(pod.log.contains("stop"))
        #expect(pod.log.last?.hasPrefix("ended stopped") == true)
        #expect(pod.text["events.jsonl"]?.contains("stopped") == true)
    }

    /// Whenever the cancellation comes, the job that was started is asked to stop.
    @Test func aCancellationDuringACommandStopsTheJobToo() async throws {
        let pod = ScriptedPod([[.silence]])
        let running = Task { [self] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await run(pod)
        }
        let error = await #expect(throws: GPUError.self) { try await running.value }
        #expect(error?.code == .stopped)
        #expect(pod.starts == 0)
        let attached = ScriptedPod([])
        attached.live([.steps(1)])
        attached.state.withLock { $0.beats = [.silence] }
        let attaching = Task { [self] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await run(attached)
        }
        let second = await #expect(throws: GPUError.self) { try await attaching.value }
        #expect(second?.code == .stopped)
        #expect(attached.log.contains("stop"))
    }
}
