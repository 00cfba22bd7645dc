// Owns looking at the folders: which files lie where. A scan always runs to its end; hints only make it come earlier.
// Never opens a file, and never lists what is done: that grows for ever, and nothing that waits depends on its length.

import CAISystem
import SystemPackage

/// A file in some `pending/` that may be a task.
public struct PendingFile: Sendable, Hashable {
    /// A queue, or a reviewer's lane.
    public var queue: String
    public var name: String
    public var status: FileStatus

    public init(queue: String, name: String, status: FileStatus) {
        (self.queue, self.name, self.status) = (queue, name, status)
    }

    /// `queue/name`.
    public var key: String { "\(queue)/\(name)" }
}

/// One queue as its folders show it.
public struct QueueFolders: Sendable, Hashable {
    /// A queue, or a reviewer's lane.
    public var name: String
    public var pending: [PendingFile] = []
    public var inProgress: [String] = []
    public var blocked: [String] = []
    /// Names in `pending/` that are no tasks, with the reason, for those that a person might have meant as one.
    public var passedOver: [String: String] = [:]

    public init(name: String) { self.name = name }
}

/// Reads the folders below `tasks/` and `reviews/`.
public struct QueueScan: Sendable {
    let workspace: Workspace
    let files: any FileOperations

    public init(workspace: Workspace, files: any FileOperations) {
        (self.workspace, self.files) = (workspace, files)
    }

    /// The folders to watch: every state of every queue, where it exists.
    public func folders() throws -> [FilePath] {
        var found = [workspace.tasks, workspace.reviews]
        for queue in try queueNames() {
            found.append(workspace.folder(queue: queue, .pending).removingLastComponent())
            for state in TaskState.allCases {
                let folder = workspace.folder(queue: queue, state)
                if try files.status(folder)?.kind == .directory { found.append(folder) }
            }
        }
        return found
    }

    /// All queues that have a folder, sorted by name, then all reviewers.
    public func scan() throws -> [QueueFolders] {
        try queueNames().map { queue in
            var folders = QueueFolders(name: queue)
            for name in try names(queue, .pending) {
                guard let status = try files.status(workspace.file(queue: queue, .pending, name)) else { continue }
                if status.kind == .link {
                    folders.passedOver[name] = "a symbolic link is never followed: put the file itself here"
                } else if status.kind == .regular, TaskName.isClaimable(name) {
                    folders.pending.append(PendingFile(queue: queue, name: name, status: status))
                } else if status.kind == .regular, name.lowercased().hasSuffix(".md") {
                    folders.passedOver[name] = "not a task's name: it must begin with a letter or digit and end in .md"
                }
            }
            folders.inProgress = try tasks(queue, .inProgress)
            folders.blocked = try tasks(queue, .blocked)
            return folders
        }
    }

    /// Names of the tasks in one folder, sorted.
    public func tasks(_ queue: String, _ state: TaskState) throws -> [String] {
        try names(queue, state).filter { TaskName.isClaimable($0) }
    }

    /// How many tasks lie in one folder.
    public func count(_ queue: String, _ state: TaskState) throws -> Int {
        try files.list(workspace.folder(queue: queue, state)).count { TaskName.isClaimable($0) }
    }

    private func queueNames() throws -> [String] {
        try subfolders(workspace.tasks) + subfolders(workspace.reviews).map(Workspace.lane)
    }

    private func subfolders(_ folder: FilePath) throws -> [String] {
        guard try files.status(folder) != nil else { return [] }
        return try files.list(folder).filter { name in
            try !name.hasPrefix(".") && files.status(folder.appending(name))?.kind == .directory
        }.sorted()
    }

    private func names(_ queue: String, _ state: TaskState) throws -> [String] {
        do { return try files.list(workspace.folder(queue: queue, state)).sorted() } catch let error as Errno
            where error == .noSuchFileOrDirectory || error == .notDirectory
        { return [] }
    }
}
