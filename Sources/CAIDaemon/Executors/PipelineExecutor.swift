// Owns carrying out a task that names a pipeline: find it, make the pod ready, run the steps, say what came of it.
// Never moves a task file, never decides whether to try again.

import CAIGPU
import CAIJournal
import CAIPipeline
import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials
import Glibc
import SystemPackage

/// Runs pipelines on the pod.
struct PipelineExecutor: Sendable {
    let workspace: Workspace
    let config: Config
    let share: Share
    let journal: Journal
    let keeper: PodKeeper
    let pod: Pod
    let clock: any WallClock
    let files = RealFiles()

    /// Does the task's work. Cancelling stops a job on this machine with a checkpoint, and leaves one elsewhere at work;
    /// `control` stops either.
    func execute(
        _ task: ClaimedTask, _ document: TaskDocument, control: JobControl,
        progress: @escaping @Sendable (TaskProgress) -> Void
    ) async -> TaskResult {
        let record = task.record
        let output = TaskLog(workspace.logs.appending("\(record.run).log"), clock: clock)
        do {
            let (artifacts, definition) = try await perform(
                record, document, control, output: output, progress: progress)
            return completed(artifacts, definition, record, document)
        } catch let gate as GateClosed {
            return .blocked("gate closed: \(gate.reason). To open it: \(gate.unblock)")
        } catch let pending as ReviewPending {
            return .held(Hold(.review, request: pending.request, reason: pending.reason))
        } catch let error as GPUError where error.code == .stopped {
            return keeper.provider.features.isRemote && control.interruption == nil ? .detached : .stopped
        } catch let error as GPUError where error.code == .jobFailed && !Task.isCancelled {
            output.write("failed: \(error)")
            return .failed("the job failed: \(error.message); what was done is kept", signature: error.message)
        } catch is CancellationError {
            return .stopped
        } catch {
            if Task.isCancelled { return .stopped }
            output.write("failed: \(error)")
            return .blocked("\(error). After mending it, `caid retry \(record.name)`")
        }
    }

    /// Seconds of pod time that a task will still take; nil where nobody can tell.
    func forecast(_ record: TaskRecord) -> Double? {
        let path = workspace.file(queue: record.queue, .inProgress, record.name)
        let file = TaskFile(queue: record.queue, name: record.name, path: path)
        let planner = TaskPlanner(workspace: workspace, config: config, share: share)
        guard case .pipeline(let plan)? = try? planner.plan(file, journal: journal).work else { return nil }
        return try? TaskForecast.seconds(plan, model: config.baseModel)
    }

    private func perform(
        _ record: TaskRecord, _ document: TaskDocument, _ control: JobControl, output: TaskLog,
        progress: @escaping @Sendable (TaskProgress) -> Void
    ) async throws -> ([Artifact], PipelineDefinition) {
        guard let name = document.frontMatter.pipeline else {
            throw UsageError(
                "the header names no pipeline; add `pipeline: NAME` between `---` lines at the top of the file, one of "
                    + library.names().joined(separator: ", "))
        }
        let definition = try library.pipeline(named: name)
        let tracker = ProgressTracker(clock: clock, report: progress, output: output)
        let model = PodModel(
            pod: pod, base: config.baseModel, run: record.run,
            staging: workspace.own.appending("staging").appending(record.run),
            checkpointEvery: config.checkpointEvery, control: control
        ) { tracker.update($0, $1) }
        let constitution =
            try files.status(workspace.constitution) == nil ? share.constitution : workspace.constitution
        let git = await GitFacts.read(workspace.root)
        let run = PipelineRun(
            definition: definition, run: record.run, until: document.frontMatter.until,
            parameters: document.frontMatter.with, profile: config.profile,
            store: ArtifactStore(root: workspace.artifacts, files: files),
            material: PipelineMaterial(world: try files.read(share.world), constitution: try files.read(constitution)),
            model: model,
            desk: WorkspaceReviewDesk(workspace: workspace, reviewers: Set(config.reviewers.keys), files: files),
            circumstances: {
                git.merging(
                    [
                        "timestamp": .string(clock.now().instantText), "host": .string(hostName()),
                        "caid": .string(Version.text),
                    ]
                ) { $1 }
            })
        tracker.begin(ProgressEstimate(try run.plan()))
        let artifacts = try await run.perform(
            started: { tracker.started($0) },
            finished: { artifact in
                tracker.finished(artifact, run: record.run)
                try? journal.addEvent(
                    at: clock.now().timeIntervalSince1970, actor: "caid", target: record.run,
                    message: "\(artifact.manifest.step): \(artifact.manifest.headline)")
            })
        return (artifacts, definition)
    }

    private var library: PipelineLibrary { PipelineLibrary(workspace: workspace, share: share, files: files) }

    private func completed(
        _ artifacts: [Artifact], _ definition: PipelineDefinition, _ record: TaskRecord, _ document: TaskDocument
    ) -> TaskResult {
        let fresh = artifacts.filter { $0.manifest.reused_from == nil }
        let seconds = fresh.reduce(0) { $0 + ($1.manifest.provenance["seconds"]?.doubleValue ?? 0) }
        let usd = fresh.reduce(0) { $0 + ($1.manifest.provenance["cost_usd"]?.doubleValue ?? 0) }
        var notes = "- Result: \(artifacts.last?.manifest.headline ?? "nothing to do")\n"
        for artifact in artifacts {
            let reused = artifact.manifest.reused_from.map { ", from run \($0.run)" } ?? ""
            notes += "- `\(workspace.display(artifact.folder))/`: \(artifact.manifest.headline)\(reused)\n"
        }
        notes += "- Pod time: \(DurationWords.text(seconds)), cost: \(USD.text(usd))\n"
        notes += "- From start to end: \(DurationWords.text(clock.now().timeIntervalSince(record.claimedAt)))"
        let until = document.frontMatter.until.map { " up to \($0)" } ?? ""
        let summary = "\(definition.name)\(until) done: \(artifacts.last?.manifest.headline ?? "nothing to do")"
        return .completed(summary: summary, notes: notes)
    }
}

private func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
