// Owns taking up what a dead daemon had begun, from the journal and the folders alone.
// Never starts a task; it says which are to be taken up again.

import CAISystem
import FoundationEssentials
import SystemPackage

extension TaskLifecycle {
    /// Finishes what a dead daemon had begun.
    /// - Parameter running: `queue/name` of tasks that are not interrupted.
    /// - Returns: the tasks that were at work and still lie in `in_progress/`, oldest claim first: run them again, and
    ///   their jobs are found.
    public func recover(except running: Set<String> = []) throws -> [ClaimedTask] {
        try removeTemporaries()
        var resumed: [ClaimedTask] = []
        for record in try store.unfinished() where !running.contains(record.key) {
            switch record.state {
            case .claiming where try wasMoved(record):
                try dropOldName(
                    workspace.file(queue: record.queue, .pending, record.name),
                    of: workspace.file(queue: record.queue, .inProgress, record.name))
                if let task = try settleClaim(record, isResumed: true) { resumed.append(task) }
            case .claiming:
                try store.forget(record)
            case .running:
                let path = workspace.file(queue: record.queue, .inProgress, record.name)
                if try files.status(path)?.kind == .regular {
                    resumed.append(ClaimedTask(record: record, bytes: try files.read(path), isResumed: true))
                } else {
                    try store.set(record, .moved, ending: nil, event: "was taken out of in_progress", at: clock.now())
                }
            case .finishing:
                guard let ending = record.ending,
                    let state = Transition.target(from: .inProgress, on: ending.cause)
                else { continue }
                _ = try carryOut(record, ending, to: state)
            default: continue
            }
        }
        return resumed
    }

    /// Whether the claim's move had been done: the file in `in_progress/` is the claimed one, by its inode, or by the
    /// claim's own line (writing it gave the file a new inode), or because nothing is left in `pending/`.
    private func wasMoved(_ record: TaskRecord) throws -> Bool {
        let path = workspace.file(queue: record.queue, .inProgress, record.name)
        guard let found = try files.status(path), found.kind == .regular else { return false }
        if found.inode == record.inode { return true }
        let bytes = try files.read(path)
        return try addingStart(of: record, to: bytes) == bytes
            || files.status(workspace.file(queue: record.queue, .pending, record.name)) == nil
    }
}

extension TaskLifecycle {
    /// Removes what a daemon left that was killed while it wrote a new file: temporary files of its own, over a minute old,
    /// in the folders it makes files in.
    func removeTemporaries() throws {
        let lanes = try QueueScan(workspace: workspace, files: files).scan().map(\.name)
        let folders =
            [workspace.status] + lanes.map { workspace.folder(queue: $0, .pending) }
            + lanes.compactMap(Workspace.reviewer).map(workspace.responses)
        let limit = Int64((clock.now().timeIntervalSince1970 - 60) * 1e9)
        for folder in folders where try files.status(folder)?.kind == .directory {
            for name in try files.list(folder) where name.hasPrefix(".caid-") && name.hasSuffix(".tmp") {
                let path = folder.appending(name)
                if let found = try files.status(path), found.kind == .regular, found.modified < limit {
                    try files.remove(path)
                }
            }
        }
    }
}
