// Owns the view of all queues at one moment: folders read, pending files parsed, and what would run next.
// Used by the dispatcher to act and by the status files to tell, so that both always say the same.
// Never moves a file.

import CAISystem
import FoundationEssentials
import SystemPackage

/// What a workspace's configuration says about its queues.
public struct BoardRules: Sendable {
    /// How many tasks of a queue, or requests of a reviewer, run at once.
    public var concurrency: @Sendable (_ queue: String) -> Int
    /// How often a failed task is tried again where its header does not say.
    public var retries: @Sendable (_ queue: String) -> Int
    /// Something of which there is a fixed number for all queues together (the pod), by name.
    public var shared: [String: Int]
    /// Whether a task takes one of those.
    public var takes: @Sendable (Candidate) -> String?
    /// Why nothing here can run a task, whenever its turn comes.
    public var obstacle: @Sendable (Candidate) -> Waiting?
    /// The names of the reviewers that can answer.
    public var reviewers: Set<String>

    public init(
        concurrency: @escaping @Sendable (String) -> Int = { _ in 1 },
        retries: @escaping @Sendable (String) -> Int = { _ in 0 }, shared: [String: Int] = [:],
        takes: @escaping @Sendable (Candidate) -> String? = { _ in nil },
        obstacle: @escaping @Sendable (Candidate) -> Waiting? = { _ in nil }, reviewers: Set<String> = []
    ) {
        (self.concurrency, self.retries, self.shared) = (concurrency, retries, shared)
        (self.takes, self.obstacle, self.reviewers) = (takes, obstacle, reviewers)
    }
}

extension BoardRules {
    /// What a task at work takes of the things that all queues share.
    public func takes(queue: String, name: String, _ bytes: [UInt8]) -> String? {
        let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: name)
        let status = FileStatus(kind: .regular, inode: 0, size: 0, modified: 0, mode: 0)
        let file = PendingFile(queue: queue, name: name, status: status)
        return takes(Candidate(file: file, document: document, problems: problems, isSettled: true))
    }
}

/// What lies where, and why each pending task is not running.
public struct Board: Sendable {
    public let queues: [QueueFolders]
    /// In the order in which they would run.
    public let candidates: [Candidate]
    public let selection: Selection

    /// - Parameters:
    ///   - returned: what the journal says of tasks that went back to `pending/`.
    ///   - running: `queue/name` of what is at work, and what it takes of the things that all queues share.
    init(
        _ scanned: [QueueFolders], _ candidates: [Candidate], _ rules: BoardRules, _ workspace: Workspace,
        _ files: any FileOperations, returned: [TaskRecord], approvals: [String: Approval], running: [String: String?],
        now: Date
    ) {
        (queues, self.candidates) = (scanned, candidates)
        let inProgress = Set(scanned.flatMap { queue in queue.inProgress.map { "\(queue.name)/\($0)" } })
        let perQueue = Dictionary(grouping: running.keys) { $0.queuePart }.mapValues(\.count)
        var free: [String: Int] = [:]
        for queue in scanned { free[queue.name] = rules.concurrency(queue.name) - (perQueue[queue.name] ?? 0) }
        for (name, count) in rules.shared { free[name] = count - running.values.count { $0 == name } }
        let names = scanned.map(\.name)
        let reviews = ReviewStanding(workspace: workspace, files: files, reviewers: rules.reviewers)
        let needs = Needs(queues: scanned, candidates: candidates) { state, queue, name in
            let queues = queue.map { [$0] } ?? names
            return queues.contains { (try? files.status(workspace.file(queue: $0, state, name))) != nil }
        } completedNames: {
            // Only for "did you mean": of thousands, the newest stamps.
            names.flatMap { ((try? files.list(workspace.folder(queue: $0, .completed))) ?? []).sorted().suffix(1000) }
        }
        let given = Circumstances(
            needs: needs,
            holds: Dictionary(returned.compactMap { record in record.ending?.hold.map { (record.key, $0) } }) { $1 },
            approvals: approvals, free: free, slots: { [$0.file.queue] + (rules.takes($0).map { [$0] } ?? []) },
            isAnswered: { reviews.of($0)?.isComplete ?? true },
            isTaken: { inProgress.contains($0) || running[$0] != nil },
            obstacle: { candidate in
                if let request = candidate.document.frontMatter.needsReview,
                    let waiting = reviews.waiting(for: request)
                {
                    return waiting
                }
                return rules.obstacle(candidate)
            }, now: now)
        selection = Selection.choose(from: candidates, given)
    }

    /// A look from outside: everything counts as settled, and what lies in `in_progress/` as running.
    /// - Parameter store: what the journal knows; nil where there is none yet.
    public static func look(
        _ workspace: Workspace, _ rules: BoardRules, _ documents: PendingDocuments, store: (any TaskStore)?,
        files: any FileOperations = RealFiles(), now: Date
    ) throws -> Board {
        let scanned = try QueueScan(workspace: workspace, files: files).scan()
        var running: [String: String?] = [:]
        for (queue, name) in scanned.flatMap({ queue in queue.inProgress.map { (queue.name, $0) } }) {
            let bytes = (try? files.read(workspace.file(queue: queue, .inProgress, name))) ?? []
            running["\(queue)/\(name)"] = .some(rules.takes(queue: queue, name: name, bytes))
        }
        return Board(
            scanned, documents.candidates(scanned.flatMap(\.pending)) { _ in true }, rules, workspace, files,
            returned: try store?.returned() ?? [], approvals: try store?.approvals() ?? [:], running: running, now: now)
    }

    /// The nearest moment at which something that waits for a time may run.
    public var nextMoment: Date? { selection.waiting.values.compactMap(\.until).min() }
}

extension StringProtocol {
    /// The queue in `queue/name`, or the lane in `reviews/codex/name`: all up to the last slash.
    var queuePart: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }
}
