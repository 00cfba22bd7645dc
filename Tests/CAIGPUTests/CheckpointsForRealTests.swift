// Owns the rule that a failure takes at most one interval along, for real: half an hour is three seconds, a worker trains the tiny
// model, its checkpoints come home, and then its pod is lost with everything on it.
// Never counts on how fast anything is: what is asserted is reckoned from what the job and the store have recorded.

import CAISystem
import FoundationEssentials
import Glibc
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct CheckpointsForRealTests {
    private let folder: TemporaryFolder
    private let every = 3.0
    private let steps = 75

    init() throws { folder = try TemporaryFolder() }

    private var pod: FilePath {
        FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent().appending("pod")
    }

    /// What the worker sees of our environment.
    private func environment(_ paths: [FilePath]) -> [String: String] {
        let names = ["PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR", "LANG"]
        return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
            .merging(["PYTHONPATH": paths.map(\.string).joined(separator: ":"), "OMP_NUM_THREADS": "1"]) { $1 }
    }

    private func python() async throws -> String {
        let made = try await LocalConnection(workdir: folder.path, workerCommand: [], environment: environment([pod]))
            .run(["/usr/bin/env", "python3", pod.appending("bootstrap.py").string], deadline: 600)
        try #require(made.status == 0, "\(String(decoding: made.errors, as: UTF8.self))")
        return try #require(String(decoding: made.output, as: UTF8.self).split(separator: "\n").last.map(String.init))
    }

    /// Makes each step take some time, so that a fast machine does not end before it can be disturbed.
    private func slowness() throws -> FilePath {
        try folder.write(
            """
            import importlib.machinery, os, sys, time

            NAME = "caid_worker.training.clock"

            class Finder:
                def find_spec(self, name, path, target=None):
                    if name != NAME:
                        return None
                    spec = importlib.machinery.PathFinder.find_spec(name, path, target)
                    run = spec.loader.exec_module
                    def slowed(module):
                        run(module)
                        end = module.Clock.on_step_end
                        def slow(self, *args, **kwargs):
                            if os.path.exists("\(folder["slow/on"])"):
                                time.sleep(0.2)
                            end(self, *args, **kwargs)
                        module.Clock.on_step_end = slow
                    spec.loader.exec_module = slowed
                    return spec

            sys.meta_path.insert(0, Finder())
            """, to: "slow/sitecustomize.py")
        try folder.write("", to: "slow/on")
        return folder["slow"]
    }

    private func train(
        _ recorder: CheckpointsRecorder, in name: String, every: Double
    ) async throws -> JobResult {
        let examples = (0..<48).map {
            #"{"id":"e\#($0)","prompt":"Instruction: Add \#($0 % 9) and \#($0 % 5).\nResponse:","#
                + #""completion":" \#($0 % 9 + $0 % 5)\nEND"}"# + "\n"
        }
        let data = try folder.write(examples.joined(), to: "\(name)/data.jsonl")
        let arguments: [String: JSONValue] = [
            "method": .string("sft"), "model": .string("tiny"), "adapter": .null,
            "lora": .object(["r": .int(4), "alpha": .int(8), "dropout": .double(0.1)]), "lr": .double(0.002),
            "max_steps": .int(steps), "batch_size": .int(4), "scheduler": .string("cosine"),
            "warmup_ratio": .double(0.1), "max_tokens": .int(64),
        ]
        let request = JobRequest(
            id: "job", kind: "train", arguments: .object(arguments),
            inputs: [JobInput(name: "data.jsonl", source: data)], staging: folder["\(name)/staging"],
            checkpointEvery: every, task: "run", step: "train")
        return try await Pod(
            access: recorder, store: recorder, home: recorder.home, clock: SystemWallClock(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).run(request, to: folder["\(name)/results"]) { _ in }
    }

    private func events(_ job: String) throws -> [JobEvent] {
        var reader = EventReader()
        return reader.take(Array(try folder.text("\(job)/events.jsonl").utf8), limit: .max)
    }

    @Test func aLostPodTakesAtMostOneIntervalAlong() async throws {
        let python = try await python()
        let home = HomeCheckpoints(root: folder["checkpoints"])
        let calm = CheckpointsRecorder(
            python: python, environment: environment([pod]), workdir: folder["calm"],
            home: HomeCheckpoints(root: folder["calm/checkpoints"]))
        let recorder = CheckpointsRecorder(
            python: python, environment: environment([try slowness(), pod]), workdir: folder["pod"], home: home)
        let measuring = Task { await recorder.measureLateness() }
        let disturbed = Task { try await train(recorder, in: "disturbed", every: every) }
        defer {
            measuring.cancel()
            disturbed.cancel()
        }
        try await recorder.has(1)
        async let undisturbed = train(calm, in: "calm", every: 1800)
        try await recorder.has(5)
        // Somewhere between two checkpoints.
        try await Task.sleep(for: .milliseconds(700))

        // The pod is lost: its disk first, so that nobody restarts the job there, then its worker.
        try RealFiles().rename(folder["pod/jobs/job"], to: folder["lost"], .exclusive)
        let pid = try #require(pid_t(try folder.text("lost/worker.pid").filter(\.isNumber)))
        kill(pid, SIGKILL)
        try RealFiles().remove(folder["slow/on"])
        let killedAt = CheckpointsRecorder.now()
        let result = try await disturbed.value
        let expected = try await undisturbed
        let late = recorder.state.withLock { $0.lateness }

        // Bit by bit what an undisturbed run makes: the manifest names the digest of each file and no time.
        #expect(result.manifestSHA256 == expected.manifestSHA256)
        #expect(result.manifest.files["adapter_model.safetensors"] != nil)
        #expect(calm.arrivals.isEmpty && recorder.state.withLock { $0.starts } == 2)

        let before = try events("lost")
        let arrivals = recorder.arrivals.filter { $0.at < killedAt }
        #expect(arrivals.count >= 5 && recorder.arrivals.allSatisfy(\.isVerified))
        // Each copy: the moment whose state it holds, and what it took from then until it was here.
        let copies = try arrivals.map { arrival in
            let event = try #require(
                before.last { $0.event == "checkpoint" && $0.seq == arrival.checkpoint.podSeq })
            #expect(event.manifest_sha256 == arrival.checkpoint.manifestSHA256)
            let asOf = event.t - (event.seconds ?? 0)
            return (asOf: asOf, trip: arrival.at - asOf, step: event.step ?? 0)
        }
        // A step, and the worker's own lateness: the longest that it was silent.
        let silent = zip(before, before.dropFirst()).filter { $0.0.unit == "steps" }.map { $1.t - $0.t }.max() ?? 0
        for (copy, next) in zip(copies, copies.dropFirst()) {
            let wait = next.asOf - copy.asOf
            #expect(wait <= every + copy.trip + silent + late, "\(wait) s after the one before, \(copy), late \(late)")
        }

        // What was lost: at most an interval, by the clock and by the steps.
        let last = try #require(copies.last)
        let given = every + copies.map(\.trip).reduce(0, max) + silent + late
        #expect(killedAt - last.asOf <= given, "\(killedAt - last.asOf) s of work were lost")
        let progress = before.filter { $0.event == "progress" && $0.unit == "steps" }
        let old = progress.last { $0.t <= killedAt - given }?.done ?? 0
        #expect(last.step >= old && last.step > 0, "it went on from step \(last.step), \(old) was an interval old")

        // It went on from there, and not from its beginning.
        let after = try events("pod/jobs/job")
        let resumed = try #require(after.first { $0.event == "started" })
        #expect(resumed.attempt == 1)
        let first = try #require(after.first { $0.event == "progress" && $0.unit == "steps" }?.done)
        #expect(first > last.step && first <= last.step + 1 + (progress.last?.done ?? 0) - old, "at step \(first)")
        #expect(after.last?.event == "done")
    }
}
