// Owns carrying out a task that names a script: check its header, send script and inputs to the pod, bring its outputs home, say
// what came of it.
// Never moves a task file, never decides whether to try again, and never runs anything on this machine but through the pod.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// Runs scripts on the pod.
struct ScriptExecutor: Sendable {
    let workspace: Workspace
    let config: Config
    let journal: Journal
    let pod: Pod
    let clock: any WallClock

    init(workspace: Workspace, config: Config, journal: Journal, pod: Pod, clock: any WallClock) {
        (self.workspace, self.config, self.journal, self.pod, self.clock) = (workspace, config, journal, pod, clock)
    }

    /// Does the task's work. Cancelling stops a job on this machine with a checkpoint, and leaves one elsewhere at work;
    /// `control` stops either.
    func execute(
        _ task: ClaimedTask, _ document: TaskDocument, control: JobControl,
        progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let record = task.record
        let retry = "After mending it, `caid retry \(record.name)`"
        guard document.frontMatter.script != nil else {
            return .blocked("the header names no script: add `script: scripts/NAME.py` between `---` lines. \(retry)")
        }
        let (plan, problems) = ScriptPlan.make(document, in: workspace)
        guard let plan else {
            return .blocked(problems.map(\.error.description).joined(separator: "; ") + ". \(retry)")
        }
        let output = TaskLog(log(record), clock: clock)
        do {
            let artifact = try await perform(plan, record, document.frontMatter, control, output, progress)
            return completed(artifact, record)
        } catch {
            if (error as? GPUError)?.code == .stopped {
                return config.provider != .local && control.interruption == nil ? .detached : .stopped
            }
            if error is CancellationError || Task.isCancelled { return .stopped }
            output.write("failed: \(error)")
            if let error = error as? GPUError, error.code == .jobFailed { return failed(plan, error, record) }
            return .blocked("\(error). \(retry)")
        }
    }

    private func perform(
        _ plan: ScriptPlan, _ record: TaskRecord, _ header: FrontMatter, _ control: JobControl,
        _ output: TaskLog, _ progress: @escaping @Sendable (TaskProgress) -> Void
    ) async throws -> ScriptArtifact {
        let staging = workspace.own.appending("staging").appending(record.run).appending(ScriptJob.step)
        defer { try? RealFiles().removeTree(staging) }
        progress(TaskProgress(step: ScriptJob.step, phase: "hashing the script and its inputs"))
        let job = try ScriptJob(plan, header, run: record.run, workspace: workspace, staging: staging)
        if let earlier = try ScriptArtifact.find(job: job.id, run: record.run, workspace) { return earlier }
        let logged = ScriptLog.output(of: job.id, in: log(record))
        if logged == nil { output.write(ScriptLog.heading(job.id)) }
        let tracker = ScriptProgress(clock: clock, output: output, logged: logged ?? [], report: progress)
        let partial = ScriptArtifact.partial(job.id, workspace)
        let request = try job.request(run: record.run, checkpointEvery: config.checkpointEvery)
        let done = try await pod.run(request, to: partial, control: control) { tracker.update($0) }
        var facts: [String: JSONValue] = await GitFacts.read(workspace.root)
        facts["timestamp"] = .string(clock.now().instantText)
        facts["host"] = .string(ProcessInfo.processInfo.hostName)
        facts["caid"] = .string(Version.text)
        (facts["seconds"], facts["cost_usd"]) = (.double(done.seconds), .double(done.usd))
        let manifest = ScriptManifest(
            run: record.run, task: "\(record.queue)/\(record.name)", job: job.id, command: job.command, env: header.env,
            inputs: job.inputs,
            files: done.manifest.files.mapValues { ScriptJob.File(sha256: $0.sha256, bytes: $0.bytes) },
            provenance: facts)
        let artifact = try ScriptArtifact.keep(manifest, from: partial, workspace)
        try? journal.addEvent(
            at: clock.now().timeIntervalSince1970, actor: "caid", target: record.run,
            message: "\(plan.script): \(summary(artifact))")
        return artifact
    }

    private func summary(_ artifact: ScriptArtifact) -> String {
        let files = artifact.manifest.files
        let bytes = files.values.reduce(0) { $0 + $1.bytes }
        return
            "\(files.count) file\(files.count == 1 ? "" : "s"), \(bytes) bytes, in \(workspace.display(artifact.folder))/"
    }

    private func completed(_ artifact: ScriptArtifact, _ record: TaskRecord) -> TaskResult {
        let (manifest, folder) = (artifact.manifest, workspace.display(artifact.folder))
        var notes = "- Result: \(summary(artifact))\n"
        for (name, file) in manifest.files.sorted(by: { $0.key < $1.key }).prefix(20) {
            notes += "- `\(PlainText.line("\(folder)/\(name)"))`: \(file.bytes) bytes\n"
        }
        if manifest.files.count > 20 { notes += "- and \(manifest.files.count - 20) more, in its `manifest.json`\n" }
        notes += "- Command: `\(PlainText.line(manifest.command.joined(separator: " "), limit: 300))`\n"
        let (seconds, usd) = (manifest.provenance["seconds"]?.doubleValue, manifest.provenance["cost_usd"]?.doubleValue)
        notes += "- Pod time: \(DurationWords.text(seconds ?? 0)), cost: \(USD.text(usd ?? 0))\n"
        notes += "- From start to end: \(DurationWords.text(clock.now().timeIntervalSince(record.claimedAt)))\n"
        notes += "- All it printed: `\(workspace.display(log(record)))`"
        return .completed(summary: "script done: \(summary(artifact))", notes: notes)
    }

    private func failed(_ plan: ScriptPlan, _ error: GPUError, _ record: TaskRecord) -> TaskResult {
        let last = (error.cause ?? "").split(whereSeparator: \.isNewline).suffix(5)
        let quoted = last.map { PlainText.line(String($0), limit: 200) }.joined(separator: " | ")
        let words = quoted.isEmpty ? "" : "; its last lines: \(quoted)"
        return .failed(
            "\(plan.script): \(PlainText.line(error.message, limit: 500))\(words); the rest is in \(workspace.display(log(record)))",
            signature: FailureSignature.normalised(error.message))
    }

    private func log(_ record: TaskRecord) -> FilePath { workspace.logs.appending("\(record.run).log") }
}
