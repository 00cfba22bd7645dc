// Owns that a job comes to the same end on every provider, whatever happens to connections, machine and disk on the way.
// Never counts on how fast anything is: the job waits where the test tells it to.

import CAISystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

/// One after another: each has machines of its own.
@Suite(.serialized) struct JobTests {
    /// Counts lines, as many as the gate allows; goes on with what it kept.
    private static let counter = """
        import os, sys, time
        gate, total = sys.argv[1], int(sys.argv[2])
        os.makedirs("kept", exist_ok=True)
        with open("kept/lines", "a+b") as lines:
            lines.seek(0)
            whole = lines.read().rpartition(b"\\n")[0] + b"\\n"
            lines.truncate(len(whole) if len(whole) > 1 else 0)
            done = whole.count(b"\\n") if len(whole) > 1 else 0
            while done < total:
                print(f"progress {done}/{total} counting", flush=True)
                while done >= int(open(gate).read()):
                    time.sleep(0.02)
                done += 1
                lines.write(b"%d\\n" % done)
                lines.flush()
        os.makedirs("results", exist_ok=True)
        os.replace("kept/lines", "results/lines")

        """

    @Test(arguments: GroundKind.allCases) func aJobSurvivesWhateverHappens(kind: GroundKind) async throws {
        try await kind.show { ground in
            let kept = KeptPod(ground)
            let features = ground.provider.features
            let total = 30
            func open(_ count: Int) throws { try ground.folder.write("\(count)", to: "gate") }
            let request = kept.request(
                "script",
                .object([
                    "command": .array([
                        .string("python3"), .string("count.py"), .string(ground.folder["gate"].string),
                        .string("\(total)"),
                    ]), "outputs": .array([.string("results")]), "keep": .array([.string("kept")]),
                ]),
                inputs: [JobInput(name: "count.py", source: try ground.folder.write(Self.counter, to: "count.py"))])
            let seen = Seen()
            func run(_ control: JobControl = JobControl()) -> Task<JobResult, any Error> {
                Task { [pod = kept.pod, destination = ground.folder["home"]] in
                    try await pod.run(request, to: destination, control: control, progress: seen.hear)
                }
            }

            try open(5)
            let first = run()
            try await eventually("it counts") { seen.done == 5 }
            try await ground.dropConnections()
            try open(10)
            try await eventually("a lost connection is nothing to the job, and is made anew") { seen.done == 10 }

            // The daemon goes: a job elsewhere is left at work, one here is stopped with what it has.
            first.cancel()
            #expect(await gpuError(of: first)?.code == .stopped)
            #expect(try await kept.state() == (features.isRemote ? "running" : "stopped"))
            try open(15)
            let control = JobControl()
            let second = run(control)
            try await eventually("it is found again") { seen.done == 15 }
            #expect(kept.journal.lines.count { $0 == "starts j0b" } == (features.isRemote ? 1 : 2))

            if features.stopsMachines {
                let before = try await ground.machine().endpoint
                try await ground.stopMachine()
                try open(20)
                try await eventually("the machine is started again, and the job goes on") { seen.done == 20 }
                #expect(try await ground.machine().endpoint != before)
            } else {
                try open(20)
                try await eventually("it goes on") { seen.done == 20 }
            }

            control.interrupt(GPUError(.budget, "enough"))
            #expect(await gpuError(of: second)?.message == "enough")
            #expect(try await kept.state() == "stopped")
            if features.isRemote {
                // Everything is here: another machine may go on with it.
                #expect(kept.journal.checkpoints.count == 1)
                try RealFiles().removeTree(ground.workdir.appending("jobs"))
            }
            try open(total)
            let result = try await run().value
            let lines = try RealFiles().read(result.folder.appending("results").appending("lines"))
            #expect(text(lines) == (1...total).map { "\($0)\n" }.joined())
            #expect(kept.journal.lines.contains("done j0b"))
            #expect(try RealFiles().files(below: result.folder) == ["results/lines"])
            // Asked for once more, it is adopted.
            let starts = kept.journal.lines.count { $0 == "starts j0b" }
            #expect(try await run().value.manifestSHA256 == result.manifestSHA256)
            #expect(kept.journal.lines.count { $0 == "starts j0b" } == starts)
        }
    }

    /// What the tiny model wrote on the machines before.
    private static let written = Mutex<Set<String>>([])

    @Test(arguments: GroundKind.allCases) func theTinyModelWritesTheSameEverywhere(kind: GroundKind) async throws {
        try await kind.show { ground in
            let kept = KeptPod(ground)
            let prompts = ["Q: ", "3 + 4 = ", "The town"].enumerated()
                .map { #"{"id": "\#($0)", "prompt": "\#($1)"}"# + "\n" }.joined()
            let request = kept.request(
                "generate",
                .object(["model": .string("tiny"), "kind": .string("base"), "max_new_tokens": .int(8)]),
                inputs: [
                    JobInput(name: "requests.jsonl", source: try ground.folder.write(prompts, to: "requests.jsonl"))
                ])
            let result = try await kept.pod.run(request, to: ground.folder["home"]) { _ in }
            let lines = try RealFiles().read(result.folder.appending("results.jsonl"))
            let ids = lines.split(separator: 0x0A).map {
                (try? CanonicalJSON.decode(JSONValue.self, from: $0))?["id"]?.stringValue
            }
            #expect(ids == ["0", "1", "2"])
            let all = Self.written.withLock { digests in
                digests.insert(result.manifestSHA256)
                return digests
            }
            #expect(all.count == 1)
        }
    }

    private func gpuError(of task: Task<JobResult, any Error>) async -> GPUError? {
        do {
            _ = try await task.value
            return nil
        } catch { return error as? GPUError }
    }
}

/// How far a job said it was.
final class Seen: Sendable {
    private let last = Mutex(0.0)
    var done: Double { last.withLock { $0 } }

    @Sendable func hear(_ progress: JobProgress) {
        if progress.unit == "steps" { last.withLock { $0 = max($0, progress.done) } }
    }
}
