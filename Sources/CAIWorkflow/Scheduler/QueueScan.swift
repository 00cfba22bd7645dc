// Owns looking at the folders: which tasks lie where. A scan always runs to its end; hints only make it come earlier.
// Never moves or opens anything but to read a pending task's text.

import CAISystem
import SystemPackage

/// A file in some `pending/` that may be a task.
public struct PendingFile: Sendable, Hashable {
    public var queue: String
    public var name: String
    public var status: FileStatus

    public init(queue: String, name: String, status: FileStatus) {
        (self.queue, self.name, self.status) = (queue, name, status)
    }
}

/// One queue as its folders show it.
public struct QueueFolders: Sendable, Hashable {
    public var name: String
    public var pending: [PendingFile] = []
    public var inProgress: [String] = []
    public var blocked: [String] = []
    public var completed: [String] = []
    /// Names in `pending/` that are no tasks, with the reason, for those that a person might have meant as one.
    public var passedOver: [String: String] = [:]

    public init(name: String) { self.name = name }
}

/// Reads the folders below `tasks/`.
public struct QueueScan: Sendable {
    let workspace: Workspace
    let files: any FileOperations

    public init(workspace: Workspace, files: any FileOperations) {
        (self.workspace, self.files) = (workspace, files)
    }

    /// The folders to watch: every state of every queue, where it exists.
    public func folders() throws -> [FilePath] {
        var found = [workspace.tasks]
        for queue in try queueNames() {
            found.append(workspace.tasks.appending(queue))
            for state in TaskState.allCases {
                let folder = workspace.folder(queue: queue, state)
                if try files.status(folder)?.kind == .directory { found.append(folder) }
            }
        }
        return found
    }

    /// All queues that have a folder, sorted by name.
    public func scan() throws -> [QueueFolders] {
        try queueNames().map { queue in
            var folders = QueueFolders(name: queue)
            for name in try names(queue, .pending) {
                guard let status = try files.status(workspace.file(queue: queue, .pending, name)) else { continue }
                if status.kind == .link {
                    folders.passedOver[name] = "a symbolic link is never followed: put the file itself here"
                } else if status.kind == .regular, TaskName(name).isClaimable {
                    folders.pending.append(PendingFile(queue: queue, name: name, status: status))
                } else if status.kind == .regular, name.lowercased().hasSuffix(".md") {
                    folders.passedOver[name] = "not a task's name: it must begin with a letter or digit and end in .md"
                }
            }
            folders.inProgress = try tasks(queue, .inProgress)
            folders.blocked = try tasks(queue, .blocked)
            folders.completed = try tasks(queue, .completed)
            return folders
        }
    }

    private func queueNames() throws -> [String] {
        guard try files.status(workspace.tasks) != nil else { return [] }
        return try files.list(workspace.tasks).filter { name in
            try !name.hasPrefix(".") && files.status(workspace.tasks.appending(name))?.kind == .directory
        }.sorted()
    }

    private func tasks(_ queue: String, _ state: TaskState) throws -> [String] {
        try names(queue, state).filter { TaskName($0).isClaimable }
    }

    private func names(_ queue: String, _ state: TaskState) throws -> [String] {
        do { return try files.list(workspace.folder(queue: queue, state)).sorted() } catch let error as Errno
            where error == .noSuchFileOrDirectory || error == .notDirectory
        { return [] }
    }
}
