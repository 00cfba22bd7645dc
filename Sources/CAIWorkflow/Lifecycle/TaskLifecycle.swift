// Owns the first move of a task file, the claim, and what all moves share. Each move writes its intent first, then moves,
// then says it is done; TaskFinish.swift finishes, TaskRecovery.swift takes up what was interrupted in between.
// Never runs a task and never decides how one ends.

import CAISystem
import FoundationEssentials
import SystemPackage

/// A task that this daemon holds: its file lies in `in_progress/`.
public struct ClaimedTask: Sendable, Hashable {
    public var record: TaskRecord
    /// The file's contents as they were claimed.
    public var bytes: [UInt8]
    /// Whether it had been claimed before this daemon started.
    public var isResumed: Bool
}

/// The verbs of the lifecycle over one workspace.
public struct TaskLifecycle: Sendable {
    public let workspace: Workspace
    let store: any TaskStore
    let files: any FileOperations
    let documents: SharedDocument
    let clock: any WallClock

    public init(
        workspace: Workspace, store: any TaskStore, files: any FileOperations = RealFiles(),
        clock: any WallClock = SystemWallClock()
    ) {
        (self.workspace, self.store, self.files, self.clock) = (workspace, store, files, clock)
        documents = SharedDocument(files: files, displaced: workspace.displaced, clock: clock)
    }

    /// Takes a pending file up.
    /// - Returns: nil where it is gone, changed since it was looked at, no regular file, or a name whose task is at work:
    ///   the next scan sees why; or open for writing, and then it stays pending.
    /// - Throws: `Errno`, or the store's error; what was begun is finished by the next `recover`.
    public func claim(queue: String, name: String, expecting seen: FileStatus) throws -> ClaimedTask? {
        let from = workspace.file(queue: queue, .pending, name)
        guard let status = try files.status(from), status.kind == .regular, status == seen,
            let bytes = try? files.read(from)
        else { return nil }
        let now = clock.now()
        let earlier = try store.newest(queue: queue, name: name)
        if let earlier, earlier.state.isUnfinished { return nil }
        let again = earlier.flatMap { $0.state == .completed || $0.state == .cancelled ? nil : $0 }
        let record = try store.claiming(
            queue: queue, name: name, inode: status.inode, sha256: SHA256.hex(of: bytes), again: again, at: now)
        let to = workspace.file(queue: queue, .inProgress, name)
        do {
            try files.makeDirectories(to.removingLastComponent())
            try files.move(from, to: to)
        } catch let error as Errno where error == .noSuchFileOrDirectory || error == .fileExists {
            // Gone, even where a person has just moved it to in_progress/, or another file of that name is in progress
            // already: the intent is void.
            try store.forget(record)
            return nil
        } catch {
            if try files.status(to)?.inode != status.inode { try store.forget(record) }
            throw error
        }
        // From here on nobody can open it by its old name: who writes into it now had opened it before.
        let isBeingWritten = (try? files.isBeingWritten(to)) ?? false
        if try isBeingWritten || files.status(to) != seen, try putBack(to, to: from) {
            try store.forget(record)
            return nil
        }
        return try settleClaim(record, isResumed: false)
    }

    /// Undoes a claim's move, unless the file is gone, or was saved anew meanwhile: then what we hold is the task, and that its
    /// amendment.
    private func putBack(_ held: FilePath, to path: FilePath) throws -> Bool {
        do { try files.move(held, to: path) } catch let error as Errno
            where error == .fileExists || error == .noSuchFileOrDirectory
        { return false }
        return true
    }

    /// The file is in `in_progress/`: say so in the file and in the journal.
    /// - Returns: nil where a person has taken it away again.
    func settleClaim(_ record: TaskRecord, isResumed: Bool) throws -> ClaimedTask? {
        let path = workspace.file(queue: record.queue, .inProgress, record.name)
        var running = record
        running.state = .running
        do {
            let bytes = try files.read(path)
            try documents.update(path) { addingStart(of: record, to: $0) }
            try store.set(record, .running, ending: nil, event: "claimed", at: clock.now())
            return ClaimedTask(record: running, bytes: bytes, isResumed: isResumed)
        } catch Errno.noSuchFileOrDirectory {
            try store.set(record, .moved, ending: nil, event: "was taken out of in_progress", at: clock.now())
            return nil
        }
    }

    /// The line that a claim leaves in the file; the same bytes where it stands there.
    func addingStart(of record: TaskRecord, to bytes: [UInt8]) -> [UInt8] {
        TaskEdits.addingStatus("started as run \(record.run)", at: record.claimedAt, to: bytes)
    }

    /// Puts a file aside that came to `pending/` under the name of a task at work: an amendment, never a second run.
    /// - Returns: where its text is kept, or nil where it is gone again.
    public func setAsideAmendment(queue: String, name: String) throws -> FilePath? {
        let folder = workspace.folder(queue: queue, .blocked)
        try files.makeDirectories(folder)
        let stem = FilePath.Component(name)?.stem ?? name
        return try move(workspace.file(queue: queue, .pending, name), into: folder) { "\(stem).amended-\($0).md" }
    }

    /// Moves a file under the first name that is free. A file that has one of the names already is moved: a power loss in the
    /// middle of a move may leave both names, on a disk without a journal of its own; the old one is dropped then.
    /// - Returns: where it lies now, or nil where it is gone.
    func move(_ from: FilePath, into folder: FilePath, naming name: (_ number: Int) -> String) throws -> FilePath? {
        for number in 1..<10_000 {
            let to = folder.appending(name(number))
            if try dropOldName(from, of: to) { return to }
            if try files.status(to) != nil { continue }
            do {
                try files.move(from, to: to)
                return to
            } catch Errno.fileExists { continue } catch Errno.noSuchFileOrDirectory { return nil }
        }
        throw Errno.fileExists
    }

    /// Drops a name where both are names of one file.
    @discardableResult
    func dropOldName(_ old: FilePath, of new: FilePath) throws -> Bool {
        guard let status = try files.status(old), try files.status(new)?.inode == status.inode else { return false }
        try files.remove(old)
        try files.syncDirectory(old.removingLastComponent())
        return true
    }
}
