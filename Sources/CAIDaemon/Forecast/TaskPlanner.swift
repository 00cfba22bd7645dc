// Owns making a plan of a task file without running it: its pipeline, with the parameters its header gives.
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
    let workspace: Workspace
    let config: Config
    let share: Share
    private let files = RealFiles()

    init(workspace: Workspace, config: Config, share: Share) {
        (self.workspace, self.config, self.share) = (workspace, config, share)
    }

    /// - Returns: the plan and the header's `max_usd`.
    /// - Throws: `UsageError` where the task runs no pipeline, or its header is wrong.
    func plan(_ file: TaskFile, journal: Journal?) throws -> (plan: PipelinePlan, maxUSD: Double?) {
        let (document, problems) = TaskDocument.diagnose(
            try files.read(file.path), name: file.name, file: workspace.display(file.path))
        guard problems.isEmpty else { throw UsageError(problems.map(\.description).joined(separator: "\n")) }
        let header = document.frontMatter
        guard let name = header.pipeline else {
            throw UsageError(
                header.script != nil
                    ? "\(file.name) runs a script, of which nobody can tell how long it takes"
                    : "\(file.name) names no pipeline: it takes no time of the pod")
        }
        let constitution =
            try files.status(workspace.constitution) == nil ? share.constitution : workspace.constitution
        let plan = PipelinePlan(
            definition: try PipelineLibrary(workspace: workspace, share: share, files: files).pipeline(named: name),
            run: try run(of: file, journal), until: header.until, parameters: header.with, profile: config.profile,
            store: ArtifactStore(root: workspace.artifacts, files: files),
            material: PipelineMaterial(world: try files.read(share.world), constitution: try files.read(constitution)))
        return (plan, header.maxUSD)
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
