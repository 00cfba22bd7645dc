// Owns how many files lie in each folder of finished work: these folders grow for ever, so one is listed only when it has
// changed.
// Never holds a name.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage

/// Counts of finished tasks.
final class DoneCounts: Sendable {
    private let counts = Mutex<[String: (folder: FileStatus, count: Int)]>([:])
    private let workspace: Workspace
    private let files: any FileOperations

    init(workspace: Workspace, files: any FileOperations = RealFiles()) {
        (self.workspace, self.files) = (workspace, files)
    }

    func count(_ queue: String, now: Date) throws -> Int {
        guard let folder = try files.status(workspace.folder(queue: queue, .completed)), folder.kind == .directory
        else {
            return 0
        }
        if let known = counts.withLock({ $0[queue] }), known.folder == folder { return known.count }
        let count = try QueueScan(workspace: workspace, files: files).count(queue, .completed)
        // A folder's time has no finer grain than a few milliseconds: one that has only just changed may change again.
        let age = now.timeIntervalSince1970 - Double(folder.modified) / 1e9
        counts.withLock { $0[queue] = age > 1 ? (folder, count) : nil }
        return count
    }
}
