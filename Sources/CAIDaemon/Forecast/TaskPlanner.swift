// Owns finding a task's file and what its header asks of the pod, without running it: a pipeline, a script, nothing.
// Never claims a task.

import CAIJournal
import CAIPipeline
import CAISystem
import CAIWorkflow
import SystemPackage

/// A task file that a person means.
struct TaskFile: Equatable {
    /// nil for a file outside the queues.
    var queue: String?
    var name: String
    var path: FilePath

    /// - Parameter text: a path, a name, a stem, or `queue/name`.
    /// - Throws: `UsageError` where there is none, or several, which it lists.
    static func find(_ text: String, _ workspace: Workspace) throws -> TaskFile {
        let files = RealFiles()
        let path = try absolute(text)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let name = (parts.last ?? text) + (text.hasSuffix(".md") ? "" : ".md")
        let queue = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
        let queues = try QueueScan(workspace: workspace, files: files).scan().map(\.name)
        let found = queues.filter { queue == nil || $0 == queue }.compactMap { queue -> TaskFile? in
            let places = [TaskState.pending, .inProgress, .blocked, .completed].map {
                workspace.file(queue: queue, $0, name)
            }
            let place = places.first { (try? files.status($0))?.kind == .regular }
            return place.map { TaskFile(queue: queue, name: name, path: $0) }
        }
        if found.count > 1 {
            let names = found.map { "\($0.queue ?? "")/\($0.name)" }.joined(separator: ", ")
            throw UsageError("'\(text)' may be any of \(names); say which, as QUEUE/NAME")
        }
        if let one = found.first { return one }
        guard try files.status(path)?.kind == .regular else {
            throw UsageError("there is no task '\(text)'; `caid status` lists them")
        }
        return TaskFile(queue: nil, name: path.lastComponent?.string ?? text, path: path)
    }
}

/// Makes plans of a workspace's tasks.
struct TaskPlanner {
    /// What a task asks of the pod.
    enum Work {
        case pipeline(PipelinePlan)
        /// The script, and how long it took when it was run like this before.
        case script(String, [TaskForecast.Span])
        /// It names neither: an agent does it here.
        case nothing
    }

    let workspace: Workspace
    let config: Config
    let share: Share
    private let files = RealFiles()

    init(workspace: Workspace, config: Config, share: Share) {
        (self.workspace, self.config, self.share) = (workspace, config, share)
    }

    /// - Returns: the work and the header's `max_usd`.
    /// - Throws: `UsageError` where its header is wrong.
    func plan(_ file: TaskFile, journal: Journal?) throws -> (work: Work, maxUSD: Double?) {
        let (document, problems) = TaskDocument.diagnose(
            try files.read(file.path), name: file.name, file: workspace.display(file.path))
        guard problems.isEmpty else { throw UsageError(problems.map(\.description).joined(separator: "\n")) }
        let header = document.frontMatter
        if let script = header.script {
            return (.script(script, try spans(ScriptPlan.make(document, in: workspace).plan)), header.maxUSD)
        }
        guard let name = header.pipeline else { return (.nothing, header.maxUSD) }
        let constitution =
            try files.status(workspace.constitution) == nil ? share.constitution : workspace.constitution
        let plan = PipelinePlan(
            definition: try PipelineLibrary(workspace: workspace, share: share, files: files).pipeline(named: name),
            run: try run(of: file, journal), until: header.until, parameters: header.with, profile: config.profile,
            store: ArtifactStore(root: workspace.artifacts, files: files),
            material: PipelineMaterial(world: try files.read(share.world), constitution: try files.read(constitution)))
        return (.pipeline(plan), header.maxUSD)
    }

    /// Of earlier runs of the same command.
    private func spans(_ plan: ScriptPlan?) throws -> [TaskForecast.Span] {
        let root = ScriptArtifact.root(workspace)
        guard let plan, try files.status(root)?.kind == .directory else { return [] }
        return try files.list(root).compactMap { name in
            guard let bytes = try? files.read(root.appending(name).appending("manifest.json")),
                let manifest = try? CanonicalJSON.decode(ScriptManifest.self, from: bytes),
                manifest.command == plan.command
            else { return nil }
            return TaskForecast.Span(manifest.provenance)
        }
    }

    /// The run it goes on with, or the one that it will be.
    private func run(of file: TaskFile, _ journal: Journal?) throws -> String {
        let row = try file.queue.flatMap { try journal?.newestTask(queue: $0, name: file.name) }
        return row?.run ?? TaskName(file.name).stem
    }
}

extension Config {
    /// What an hour of the pod costs by the configuration, USD.
    var expectedUSDPerHour: Double {
        switch provider {
        case .local: 0
        case .ssh: pod.ssh.usdPerHour
        case .runpod: pod.runPod.maxUSDPerHour
        }
    }
}

extension TaskForecast {
    /// What the work takes by what is known here.
    static func of(_ work: TaskPlanner.Work, _ config: Config) throws -> TaskForecast {
        let rate = config.expectedUSDPerHour
        return switch work {
        case .pipeline(let plan): try of(plan, model: config.baseModel, usdPerHour: rate)
        case .script(let name, let spans): ofScript(name, measured: spans, usdPerHour: rate)
        case .nothing: TaskForecast(steps: [], usdPerHour: rate)
        }
    }
}
