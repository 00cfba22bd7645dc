// Owns the view of all queues at one moment: folders read, pending files parsed, and what would run next.
// Used by the scheduler to act and by the status files to tell, so that both always say the same.
// Never moves a file.

import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials
import SystemPackage

/// What lies where, and why each pending task is not running.
struct TaskBoard: Sendable {
    var queues: [QueueFolders]
    var candidates: [Candidate]
    var selection: Selection

    /// - Parameters:
    ///   - isSettled: whether a pending file may be touched.
    ///   - running: how many tasks of a queue are at work; by default what lies in `in_progress/`.
    init(
        _ workspace: Workspace, _ config: Config, _ files: any FileOperations, now: Date,
        isSettled: (PendingFile) -> Bool = { _ in true }, running: [String: Int]? = nil,
        scanned: [QueueFolders]? = nil
    ) throws {
        queues = try scanned ?? QueueScan(workspace: workspace, files: files).scan()
        candidates = []
        for file in queues.flatMap(\.pending) {
            let path = workspace.file(queue: file.queue, .pending, file.name)
            // Gone since the scan, or unreadable: the next scan sees it, or passes it over.
            guard let bytes = try? files.read(path) else { continue }
            let (document, problems) = TaskDocument.diagnose(bytes, name: file.name, file: workspace.display(path))
            candidates.append(
                Candidate(file: file, document: document, problems: problems, isSettled: isSettled(file)))
        }
        var free: [String: Int] = [:]
        for queue in queues {
            let limit = config.queues[queue.name]?.concurrency ?? 1
            free[queue.name] = limit - (running.map { $0[queue.name] ?? 0 } ?? queue.inProgress.count)
        }
        let completed = queues.flatMap { queue in queue.completed.map { "\(queue.name)/\($0)" } }
        let inProgress = Set(queues.flatMap { queue in queue.inProgress.map { "\(queue.name)/\($0)" } })
        selection = Selection.choose(
            from: candidates, completed: Set(completed), freeSlots: free,
            obstacle: { candidate in
                inProgress.contains("\(candidate.file.queue)/\(candidate.file.name)")
                    ? "waiting: a file of this name lies in in_progress/ already" : Self.obstacle(candidate, config)
            }, now: now)
    }

    /// Why nothing here can run a task, whenever its turn comes.
    private static func obstacle(_ candidate: Candidate, _ config: Config) -> String? {
        let header = candidate.document.frontMatter
        let queue = candidate.file.queue
        let executor = config.queues[queue]?.executor
        if header.script != nil || (header.pipeline == nil && executor == .script) {
            return "waiting: scripts cannot be run by this version of caid"
        }
        for (key, isSet) in [
            ("verify", header.verify != nil), ("needs_review", header.needsReview != nil),
            // On this machine nothing costs anything, so there any cap holds.
            ("max_usd", header.maxUSD != nil && config.provider != .local),
        ] where isSet {
            return "waiting: '\(key)' cannot be honoured by this version of caid; remove it to run without"
        }
        if header.pipeline != nil { return nil }
        switch executor {
        case nil: return "waiting: no queue '\(queue)' in cai.yaml, and the header names no pipeline"
        case .agent: return "waiting: agents cannot be run by this version of caid"
        case .pipeline, .script: return nil
        }
    }
}
