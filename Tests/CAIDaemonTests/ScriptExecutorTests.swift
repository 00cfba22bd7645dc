// Owns the tests of what follows from how a script's job ends, and of its artifact: whole, proven, never over anything.
// Never starts a process; Tests/EndToEndTests runs scripts for real.

import CAIGPU
import CAIJournal
import CAISystem
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIWorkflow

/// A pod that refuses all work.
private struct ClosedPod: PodAccess {
    let refusal: GPUError
    let provider: any Provider = LocalProvider(workdir: "/none", workerCommand: ["/bin/false"], environment: [:])
    let hourlyPrice = 0.0

    func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError) {
        throw refusal
    }
    func end(_ use: PodUse, leaving: Bool) async {}
    func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod { throw refusal }
    func suspect(_ pod: ReadyPod, _ error: GPUError) async {}
    func unpulled(_ use: PodUse, _ isUnpulled: Bool) async {}
}

struct ScriptExecutorTests {
    private let folder: TemporaryFolder
    private let workspace: Workspace

    init() throws {
        folder = try TemporaryFolder()
        workspace = Workspace(root: folder.path)
        try folder.write("print()", to: "s.py")
    }

    private func execute(
        _ header: String, refusal: GPUError, config: Config = Config(), control: JobControl = JobControl()
    ) async throws -> TaskResult {
        let bytes = Array("---\n\(header)\n---\n# Task\n".utf8)
        try RealFiles().makeDirectories(workspace.own)
        let (journal, clock) = (try Journal(writing: workspace.journal), SystemWallClock())
        let executor = ScriptExecutor(
            workspace: workspace, config: config, journal: journal,
            pod: Pod(
                access: ClosedPod(refusal: refusal), store: JournalJobStore(journal: journal, clock: clock),
                home: HomeCheckpoints(root: workspace.checkpoints), clock: clock, log: Logger(label: "test")),
            clock: clock)
        let record = TaskRecord(
            id: 1, queue: "gpu", name: "t.md", inode: 1, run: "t", state: .running, claimedAt: clock.now(), ending: nil)
        return await executor.execute(
            ClaimedTask(record: record, bytes: bytes, isResumed: false),
            TaskDocument.diagnose(bytes, name: "t.md", file: "t.md").document, control: control
        ) { _ in }
    }

    @Test func aHeaderThatCannotBeCarriedOutIsBlockedWithItsPlace() async throws {
        let result = try await execute("script: x.py\ninputs: y", refusal: GPUError(.unreachable, "nobody asks"))
        #expect(
            result
                == .blocked(
                    "t.md:2:9: script: there is no x.py in the workspace; t.md:3:9: inputs: there is no y in the workspace. "
                        + "After mending it, `caid retry t.md`"))
        guard case .blocked(let words) = try await execute("retries: 1", refusal: GPUError(.stopped, "")) else {
            Issue.record("a task without a script is nothing to run")
            return
        }
        #expect(words.contains("the header names no script"))
    }

    @Test func aProgramThatFailsIsAFailureAnythingElseAPersons() async throws {
        let program = GPUError(
            .jobFailed, "the program ended with exit status 7: no room for 12 items",
            cause: "one\ntwo\nthree\u{1B}[2J\nfour\nfive\nno room for 12 items")
        guard case .failed(let words, let signature) = try await execute("script: s.py", refusal: program) else {
            Issue.record("its retries are used up")
            return
        }
        #expect(words.contains("s.py: the program ended with exit status 7"))
        #expect(
            words.contains("two | three [2J | four | five | no room for 12 items; the rest is in status/logs/t.log"))
        #expect(signature == "the program ended with exit status #: no room for # items")
        #expect(try folder.text("status/logs/t.log").contains("failed: the program ended with exit status 7"))
        #expect(try await execute("script: s.py", refusal: GPUError(.stopped, "asked")) == .stopped)
        guard case .blocked(let budget) = try await execute("script: s.py", refusal: GPUError(.budget, "all spent"))
        else {
            Issue.record("a person gives more money")
            return
        }
        #expect(budget.hasPrefix("all spent"))
        #expect(try RealFiles().status(workspace.own.pushing("staging/t/script")) == nil)
    }

    @Test func aJobElsewhereRunsOnUnlessItIsToStop() async throws {
        var config = Config()
        let stopped = GPUError(.stopped, "not followed any more")
        #expect(try await execute("script: s.py", refusal: stopped, config: config) == .stopped)
        config.pod.provider = .ssh
        #expect(try await execute("script: s.py", refusal: stopped, config: config) == .detached)
        let control = JobControl()
        control.interrupt(stopped)
        #expect(try await execute("script: s.py", refusal: stopped, config: config, control: control) == .stopped)
    }

    private func manifest(_ job: String, _ files: [String: String]) -> ScriptManifest {
        ScriptManifest(
            run: "t", task: "gpu/t.md", job: job, command: ["python3", "s.py"], env: [:], inputs: [:],
            files: files.mapValues { ScriptJob.File(sha256: SHA256.hex(of: $0), bytes: Int64($0.utf8.count)) },
            provenance: ["seconds": .double(61)])
    }

    private func keep(_ job: String, _ files: [String: String]) throws -> ScriptArtifact {
        for (name, text) in files { try folder.write(text, to: "artifacts/scripts/.\(job).partial/\(name)") }
        return try ScriptArtifact.keep(
            manifest(job, files), from: ScriptArtifact.partial(job, workspace), workspace)
    }

    @Test func anArtifactNeverReplacesAnything() throws {
        try folder.write("mine", to: "artifacts/scripts/t/out.txt")
        try folder.write("stray", to: "artifacts/scripts/.job.partial/from-another-try")
        let artifact = try keep("job", ["out.txt": "new", "deep/x": "y"])
        #expect(workspace.display(artifact.folder) == "artifacts/scripts/t-2")
        #expect(
            try folder.names().filter { $0.hasPrefix("artifacts") } == [
                "artifacts/scripts/t-2/deep/x", "artifacts/scripts/t-2/manifest.json", "artifacts/scripts/t-2/out.txt",
                "artifacts/scripts/t/out.txt",
            ])
        #expect(try folder.text("artifacts/scripts/t/out.txt") == "mine")
    }

    @Test func aJobsArtifactIsFoundAsLongAsNobodyHasChangedIt() throws {
        #expect(try ScriptArtifact.find(job: "job", run: "t", workspace) == nil)
        _ = try keep("other", ["a": "1"])
        let artifact = try keep("job", ["a": "2"])
        #expect(try ScriptArtifact.find(job: "job", run: "t", workspace)?.folder == artifact.folder)
        try folder.write("3", to: "artifacts/scripts/t-2/a")
        #expect(try ScriptArtifact.find(job: "job", run: "t", workspace) == nil)
    }

    @Test func whatIsAtHomeAlreadyNeedsNoPod() async throws {
        let text = "---\nscript: s.py\noutputs: out.txt\n---\n# Task\n"
        let document = TaskDocument.diagnose(Array(text.utf8), name: "t.md", file: "t.md").document
        let plan = try #require(ScriptPlan.make(document, in: workspace).plan)
        let job = try ScriptJob(
            plan, document.frontMatter, run: "t", workspace: workspace, staging: workspace.own.appending("staging"))
        _ = try keep(job.id, ["out.txt": "new"])
        let result = try await execute("script: s.py\noutputs: out.txt", refusal: GPUError(.unreachable, "no pod"))
        guard case .completed(let summary, let notes, _) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(summary == "script done: 1 file, 3 bytes, in artifacts/scripts/t/")
        #expect(
            notes.contains("- `artifacts/scripts/t/out.txt`: 3 bytes\n- Command: `python3 s.py`\n- Pod time: 1 min 1 s")
        )
    }

    private func update(_ progress: ScriptProgress, _ said: String...) {
        for words in said { progress.update(JobProgress(phase: words, unit: "tokens")) }
    }

    private var logLines: [String] {
        get throws {
            try folder.text("log").split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
        }
    }

    @Test func outputAndProgressAreTold() throws {
        let told = Collected()
        let log = TaskLog(folder["log"], clock: SystemWallClock())
        let progress = ScriptProgress(clock: FixedClock(), output: log) { told.add($0) }
        update(progress, "one\n\ttwo\u{1B}[31m")
        var steps = JobProgress(phase: "epoch 1", done: 3, total: 12, unit: "steps")
        steps.loss = 0.51249
        progress.update(steps)
        update(progress, "")
        let epoch = "epoch 1 3 of 12, loss 0.512"
        #expect(told.all.map(\.phase) == ["two [31m", epoch, epoch], "a mere sign of life has no words")
        #expect(told.all.map(\.fraction) == [nil, 0.25, 0.25])
        #expect(try logLines == ["| one", "| two [31m", epoch])
    }

    @Test func whatWasHeardBeforeIsNotLoggedAgain() throws {
        let log = TaskLog(folder["log"], clock: SystemWallClock())
        log.write(ScriptLog.heading("other"))
        log.write("| zero")
        #expect(ScriptLog.output(of: "job", in: folder["log"]) == nil)
        log.write(ScriptLog.heading("job"))
        update(ScriptProgress(clock: FixedClock(), output: log) { _ in }, "one\ntwo")
        log.write("epoch 1")
        let logged = try #require(ScriptLog.output(of: "job", in: folder["log"]))
        #expect(logged == ["one", "two"])
        update(ScriptProgress(clock: FixedClock(), output: log, logged: logged) { _ in }, "one", "two\nthree", "one")
        #expect(try logLines.suffix(5) == ["| one", "| two", "epoch 1", "| three", "| one"])
        update(ScriptProgress(clock: FixedClock(), output: log, logged: logged) { _ in }, "on another machine", "one")
        #expect(try logLines.suffix(2) == ["| on another machine", "| one"])
    }
}

private final class Collected: Sendable {
    private let state = Mutex<[TaskProgress]>([])
    var all: [TaskProgress] { state.withLock { $0 } }
    func add(_ progress: TaskProgress) { state.withLock { $0.append(progress) } }
}
