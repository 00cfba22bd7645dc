// Owns the moves of a task file: claim, finish, recover. Each writes its intent first, then moves, then says it is done;
// whatever is interrupted in between is finished by `recover` from the journal and the folders alone.
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
    let documents: SharedDocument<RealFiles>
    let clock: any WallClock

    public init(
        workspace: Workspace, store: any TaskStore, files: any FileOperations = RealFiles(),
        clock: any WallClock = SystemWallClock()
    ) {
        (self.workspace, self.store, self.files, self.clock) = (workspace, store, files, clock)
        documents = SharedDocument(files: RealFiles(), displaced: workspace.displaced)
    }

    /// Takes a pending file up.
    /// - Returns: nil where it is gone, changed since it was looked at, or no regular file: the next scan sees why.
    /// - Throws: `Errno`, or the store's error; then nothing was moved.
    public func claim(queue: String, name: String, expecting seen: FileStatus) throws -> ClaimedTask? {
        let from = workspace.file(queue: queue, .pending, name)
        guard let status = try files.status(from), status.kind == .regular, status == seen,
            let bytes = try? files.read(from)
        else { return nil }
        let now = clock.now()
        let earlier = try store.newest(queue: queue, name: name)
        let again = earlier.flatMap { $0.state == .completed || $0.state == .cancelled ? nil : $0 }
        let record = try store.claiming(
            queue: queue, name: name, inode: status.inode, sha256: SHA256.hex(of: bytes), again: again, at: now)
        let to = workspace.file(queue: queue, .inProgress, name)
        do {
            try files.makeDirectories(to.removingLastComponent())
            try files.move(from, to: to)
        } catch {
            // Gone, or another file of that name is in progress already: the intent is void.
            if try files.status(from) != nil || files.status(to)?.inode != status.inode { try store.forget(record) }
            if let errno = error as? Errno, errno == .noSuchFileOrDirectory || errno == .fileExists { return nil }
            throw error
        }
        return try settleClaim(record, isResumed: false)
    }

    /// The file is in `in_progress/`: say so in the journal and in the file.
    private func settleClaim(_ record: TaskRecord, isResumed: Bool) throws -> ClaimedTask? {
        let path = workspace.file(queue: record.queue, .inProgress, record.name)
        let bytes = try files.read(path)
        var running = record
        running.state = .running
        try documents.update(path) {
            TaskEdits.addingStatus("started as run \(record.run)", at: record.claimedAt, to: $0)
        }
        try store.set(record, .running, ending: nil, event: "claimed", at: clock.now())
        return ClaimedTask(record: running, bytes: bytes, isResumed: isResumed)
    }

    /// Ends a claimed task: intent, notes, move, done.
    /// - Returns: where the file lies now, or nil where a person had taken it away.
    @discardableResult
    public func finish(_ task: TaskRecord, _ ending: TaskEnding) throws -> FilePath? {
        try store.set(task, .finishing, ending: ending, event: ending.summary, at: clock.now())
        return try carryOut(task, ending)
    }

    private func carryOut(_ task: TaskRecord, _ ending: TaskEnding) throws -> FilePath? {
        guard let state = Transition.target(from: .inProgress, on: ending.cause) else { return nil }
        let from = workspace.file(queue: task.queue, .inProgress, task.name)
        guard try files.status(from) != nil else {
            // Moved already (before a crash), or a person took it: the folder wins either way.
            let moved = try files.status(workspace.file(queue: task.queue, state, task.name)) != nil
            if moved { try tick(task, ending) }
            try store.set(
                task, moved ? recordState(of: state) : .moved, ending: ending,
                event: "found \(moved ? state.rawValue : "moved away")",
                at: clock.now())
            return nil
        }
        try documents.update(from) { bytes in
            let updated = TaskEdits.addingStatus("\(state.rawValue): \(ending.summary)", at: ending.at, to: bytes)
            return ending.notes.map { TaskEdits.addingCompletionNotes($0, to: updated) } ?? updated
        }
        let folder = workspace.folder(queue: task.queue, state)
        try files.makeDirectories(folder)
        let to = folder.appending(try files.freeName(task.name, in: folder))
        try files.move(from, to: to)
        try tick(task, ending)
        try store.set(
            task, recordState(of: state), ending: ending, event: "moved to \(state.rawValue)", at: clock.now())
        return to
    }

    /// Puts a file aside that came to `pending/` under the name of a task at work: an amendment, never a second run.
    /// - Returns: where its text is kept.
    public func setAsideAmendment(queue: String, name: String) throws -> FilePath {
        let folder = workspace.folder(queue: queue, .blocked)
        try files.makeDirectories(folder)
        let stem = FilePath.Component(name)?.stem ?? name
        var number = 1
        while try files.status(folder.appending("\(stem).amended-\(number).md")) != nil { number += 1 }
        let to = folder.appending("\(stem).amended-\(number).md")
        try files.move(workspace.file(queue: queue, .pending, name), to: to)
        return to
    }

    /// Finishes what a dead daemon had begun.
    /// - Returns: the tasks that were at work and still lie in `in_progress/`, oldest claim first: run them again, and
    ///   their jobs are found.
    public func recover() throws -> [ClaimedTask] {
        var resumed: [ClaimedTask] = []
        for record in try store.unfinished() {
            let path = workspace.file(queue: record.queue, .inProgress, record.name)
            let there = try files.status(path)
            switch record.state {
            case .claiming where there?.inode == record.inode:
                if let task = try settleClaim(record, isResumed: true) { resumed.append(task) }
            case .claiming:
                try store.forget(record)
            case .running where there != nil:
                resumed.append(ClaimedTask(record: record, bytes: try files.read(path), isResumed: true))
            case .running:
                try store.set(record, .moved, ending: nil, event: "was taken out of in_progress", at: clock.now())
            case .finishing:
                if let ending = record.ending { _ = try carryOut(record, ending) }
            default: continue
            }
        }
        return resumed
    }

    /// Ticks the roadmap's items that the task names. What cannot be ticked is told and stops nothing.
    private func tick(_ task: TaskRecord, _ ending: TaskEnding) throws {
        guard ending.cause == .succeeded, !ending.roadmap.isEmpty else { return }
        let now = clock.now()
        guard try files.status(workspace.roadmap) != nil else {
            try store.remark(task, "there is no ROADMAP.md to tick in", at: now)
            return
        }
        var update = RoadmapUpdate(bytes: [], ticked: [], alreadyTicked: [], problems: [])
        try documents.update(workspace.roadmap) { bytes in
            update = RoadmapRewriter.tick(bytes, ending.roadmap, on: ending.at.localDay)
            return update.bytes
        }
        for item in update.ticked + update.alreadyTicked {
            try store.remark(task, "roadmap: ticked \(item.name)", at: now)
        }
        for problem in update.problems { try store.remark(task, "roadmap: \(problem.message)", at: now) }
    }

    private func recordState(of state: TaskState) -> RecordState {
        switch state {
        case .pending: .pending
        case .inProgress: .running
        case .completed: .completed
        case .blocked: .blocked
        case .cancelled: .cancelled
        }
    }
}
