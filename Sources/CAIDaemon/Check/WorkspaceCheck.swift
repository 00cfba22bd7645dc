// Owns checking a workspace as a whole: every file that is to be used, and what only shows when they are seen together.
// Never changes anything.

import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials
import SystemPackage

/// Checks a workspace.
struct WorkspaceCheck {
    let workspace: Workspace
    let environment: [String: String]
    private let files = RealFiles()

    init(_ workspace: Workspace, environment: [String: String]) {
        (self.workspace, self.environment) = (workspace, environment)
    }

    func findings() throws -> [CheckFinding] {
        let check = FileCheck(workspace: workspace)
        var findings = try check.findings(workspace.configuration, shown: "cai.yaml")
        let queues = try QueueScan(workspace: workspace, files: files).scan()
        for file in queues.flatMap(\.pending) {
            let path = workspace.file(queue: file.queue, .pending, file.name)
            findings += try check.findings(path, shown: workspace.display(path))
        }
        for name in ((try? files.list(workspace.pipelines)) ?? []).filter({ $0.hasSuffix(".yaml") }).sorted() {
            let path = workspace.pipelines.appending(name)
            findings += try check.findings(path, shown: workspace.display(path))
        }
        guard let config = try Config.load(workspace, files).config else { return findings }
        return try findings + waiting(config) + twins(queues) + programs(config, queues) + roadmap(check, queues)
    }

    /// Tasks that will not run as things stand.
    private func waiting(_ config: Config) throws -> [CheckFinding] {
        let board = try Board.look(
            workspace, BoardRules(config), PendingDocuments(workspace: workspace, files: files), store: nil,
            now: SystemWallClock().now())
        return board.candidates.compactMap { candidate in
            guard case .person(let why)? = board.selection.waiting[candidate.file.key] else { return nil }
            let path = workspace.file(queue: candidate.file.queue, .pending, candidate.file.name)
            return CheckFinding(note: "does not run: \(why)", file: workspace.display(path))
        }
    }

    /// The same name in two folders of a queue: both are kept, and which one is meant only a person knows.
    private func twins(_ queues: [QueueFolders]) throws -> [CheckFinding] {
        try queues.flatMap { queue in
            try queue.pending.flatMap { file in
                try [TaskState.completed, .blocked, .cancelled].compactMap { state in
                    let other = workspace.file(queue: queue.name, state, file.name)
                    guard try files.status(other) != nil else { return nil }
                    let path = workspace.file(queue: queue.name, .pending, file.name)
                    return CheckFinding(
                        note: "\(workspace.display(other)) has the same name; this one runs as a task of its own",
                        file: workspace.display(path))
                }
            }
        }
    }

    /// Programs that waiting work needs, or that cai.yaml names, and that are not there.
    private func programs(_ config: Config, _ queues: [QueueFolders]) throws -> [CheckFinding] {
        let document = try? YAMLDocument.parse(files.read(workspace.configuration), file: "cai.yaml")
        let busy = Set(queues.filter { !$0.pending.isEmpty }.map(\.name))
        let agents = config.queues.filter { $0.value.executor == .agent }
            .map { (["queues", $0.key, "command"], $0.key, $0.value.command, $0.value.env) }
        let reviewers = config.reviewers.map {
            (
                ["reviewers", $0.key, "command"], Workspace.lane(reviewer: $0.key), $0.value.command,
                Config.plainEnvironment
            )
        }
        return (agents + reviewers).sorted { $0.1 < $1.1 }.compactMap { path, lane, command, env in
            let node = path.reduce(document?.root as YAMLNode?) { $0?[$1] }
            guard node != nil || busy.contains(lane), let program = command.first else { return nil }
            let seen = environment.filter { env.contains($0.key) }
            if ProcessRunner.locate(program, in: seen, folder: workspace.root) != nil { return nil }
            return CheckFinding(
                note: "there is no program `\(program)` here: install it, or set \(path.joined(separator: "."))",
                file: "cai.yaml", line: node?.mark.line ?? 1)
        }
    }

    private func roadmap(_ check: FileCheck, _ queues: [QueueFolders]) throws -> [CheckFinding] {
        guard try files.status(workspace.roadmap)?.kind == .regular else { return [] }
        let references = queues.flatMap(\.pending).flatMap { file in
            let bytes = (try? files.read(workspace.file(queue: file.queue, .pending, file.name))) ?? []
            return TaskDocument.diagnose(bytes, name: file.name, file: file.name).document.frontMatter.roadmap
        }
        return check.roadmap(try files.read(workspace.roadmap), shown: "ROADMAP.md", references: references)
    }
}
