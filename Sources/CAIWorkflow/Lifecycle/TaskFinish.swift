// Owns the last move of a task file: the ending's words into it, the file into its folder, the roadmap ticked.
// Everything here may be done again after a crash and is then found done.
// Never decides how a task ends.

import CAISystem
import FoundationEssentials
import SystemPackage

extension TaskLifecycle {
    /// Ends a claimed task: intent, notes, move, done.
    /// - Returns: where the file lies now, or nil where a person had taken it away.
    /// - Throws: `Errno.invalidArgument` for a cause that ends nothing; otherwise as `claim`.
    @discardableResult
    public func finish(_ task: TaskRecord, _ ending: TaskEnding) throws -> FilePath? {
        guard let state = Transition.target(from: .inProgress, on: ending.cause) else { throw Errno.invalidArgument }
        try store.set(task, .finishing, ending: ending, event: ending.summary, at: clock.now())
        return try carryOut(task, ending, to: state)
    }

    /// The ending that was decided already, where the disk refused what follows from it: its words may stand in the file, so it
    /// is the one to try again.
    func decidedEnding(of task: TaskRecord) throws -> TaskEnding? {
        guard let newest = try store.newest(queue: task.queue, name: task.name), newest.id == task.id,
            newest.state == .finishing
        else { return nil }
        return newest.ending
    }

    /// The ending that the journal holds, made true in the folders.
    func carryOut(_ task: TaskRecord, _ ending: TaskEnding, to state: TaskState) throws -> FilePath? {
        for file in ending.files ?? [] { try write(file, of: task) }
        let moved = try write(task, ending, to: state) ?? landed(task, ending, in: state)
        guard let moved else {
            try store.set(task, .moved, ending: ending, event: "was taken out of in_progress", at: clock.now())
            return nil
        }
        try tick(task, ending)
        if state.isFinal { try store.set(nil, queue: task.queue, name: task.name) }
        try store.set(
            task, recordState(of: state), ending: ending, event: "moved to \(state.rawValue)", at: clock.now())
        return moved
    }

    /// Writes a file that comes with the ending, whole, unless it stands there already.
    private func write(_ file: NewFile, of task: TaskRecord) throws {
        let bytes = Array(file.contents)
        switch file.kind {
        case .response:
            let folder = workspace.responses(reviewer: file.owner)
            try files.makeDirectories(folder)
            var number = 1
            while case let path = folder.appending(numberedName(file.name, number)), try files.status(path) != nil {
                if (try? files.read(path)) == bytes { return }
                number += 1
            }
            try files.writeNew(folder.appending(numberedName(file.name, number)), bytes: bytes)
        case .task:
            let folder = workspace.folder(queue: file.owner, .pending)
            try files.makeDirectories(folder)
            var number = 1
            while let other = try text(of: numberedName(file.name, number), in: file.owner) {
                // Its own, perhaps with lines added since; another's of the same name is left alone.
                if other.starts(with: bytes) { return }
                number += 1
            }
            let name = numberedName(file.name, number)
            try files.writeNew(folder.appending(name), bytes: bytes)
            try store.remark(task.run, "made the task \(file.owner)/\(name)", at: clock.now())
        }
    }

    /// What a task of this name says, in whatever folder of the queue it lies; nil where there is none.
    private func text(of name: String, in queue: String) throws -> [UInt8]? {
        for state in TaskState.allCases {
            let path = workspace.file(queue: queue, state, name)
            if try files.status(path) != nil { return (try? files.read(path)) ?? [] }
        }
        return nil
    }

    /// - Returns: where the file lies now, or nil where it was not in `in_progress/` any more.
    private func write(_ task: TaskRecord, _ ending: TaskEnding, to state: TaskState) throws -> FilePath? {
        let from = workspace.file(queue: task.queue, .inProgress, task.name)
        do {
            try documents.update(from) { bytes in
                let updated = adding(ending, state, to: bytes)
                return ending.notes.map { TaskEdits.addingCompletionNotes($0, to: updated) } ?? updated
            }
        } catch Errno.noSuchFileOrDirectory { return nil }
        let folder = workspace.folder(queue: task.queue, state)
        try files.makeDirectories(folder)
        if let other = try files.status(workspace.file(queue: task.queue, .pending, task.name)),
            try files.status(from)?.inode != other.inode
        {
            // Saved again while it was at work, perhaps not settled yet: an amendment all the same, never a second run.
            _ = try setAsideAmendment(queue: task.queue, name: task.name)
        }
        return try move(from, into: folder) { numberedName(task.name, $0) }
    }

    private func adding(_ ending: TaskEnding, _ state: TaskState, to bytes: [UInt8]) -> [UInt8] {
        TaskEdits.addingStatus("\(state.rawValue): \(ending.summary)", at: ending.at, to: bytes)
    }

    /// The file in its last folder, known by the ending's line: it was moved there before a crash.
    private func landed(_ task: TaskRecord, _ ending: TaskEnding, in state: TaskState) throws -> FilePath? {
        let folder = workspace.folder(queue: task.queue, state)
        guard try files.status(folder) != nil else { return nil }
        let stem = TaskName(task.name).stem
        for name in try files.list(folder) where name.hasPrefix(stem) {
            let path = folder.appending(name)
            guard try files.status(path)?.kind == .regular, let bytes = try? files.read(path) else { continue }
            if adding(ending, state, to: bytes) == bytes { return path }
        }
        return nil
    }

    /// Ticks the roadmap's items that the task names, and enters into its budget table what was spent. What cannot be
    /// ticked is told and stops nothing; what the disk refuses for a moment is tried again with the rest of the end.
    private func tick(_ task: TaskRecord, _ ending: TaskEnding) throws {
        let spent = try store.spending()
        guard ending.cause == .succeeded, !ending.roadmap.isEmpty || spent.totalUSD > 0 else { return }
        let now = clock.now()
        var update = RoadmapUpdate(bytes: [], ticked: [], alreadyTicked: [], problems: [])
        var ticked: [String] = []
        do {
            try documents.update(workspace.roadmap) { bytes in
                update = RoadmapRewriter.tick(bytes, ending.roadmap, on: ending.at.localDay)
                // The edit may be asked for again, and then finds its own ticks.
                ticked += update.ticked.map(\.name).filter { !ticked.contains($0) }
                return RoadmapBudget.entering(spent.items, totalUSD: spent.totalUSD, into: update.bytes).bytes
            }
        } catch Errno.noSuchFileOrDirectory where ending.roadmap.isEmpty {
            return
        } catch Errno.noSuchFileOrDirectory {
            try store.remark(task.run, "there is no ROADMAP.md to tick in", at: now)
        } catch let error as Errno where !error.mayPass {
            try store.remark(task.run, "roadmap: nothing could be ticked: \(error)", at: now)
        }
        for name in ticked { try store.remark(task.run, "roadmap: ticked \(name)", at: now) }
        for item in update.alreadyTicked where !ticked.contains(item.name) {
            try store.remark(task.run, "roadmap: \(item.name) was ticked already", at: now)
        }
        for problem in update.problems { try store.remark(task.run, "roadmap: \(problem.message)", at: now) }
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

extension Errno {
    /// Whether it tells of the machine's state and not of the file's.
    fileprivate var mayPass: Bool {
        [.ioError, .noSpace, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory].contains(self)
    }
}
