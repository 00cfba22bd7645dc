// Owns the moves of files that are not at work, on a person's word: tried again, or not wanted any more.
// The request that asks for the move is kept until it is done, and its time makes a second try write the same line.
// Never touches a task that runs; its run is ended first.

import CAISystem
import FoundationEssentials
import SystemPackage

extension TaskLifecycle {
    /// Moves a file along the table.
    /// - Parameters:
    ///   - cause: `.released` or `.dropped`.
    ///   - words: who asked, for the line in the file.
    ///   - at: the time on that line.
    /// - Returns: where it lies now, or nil where it was gone.
    /// - Throws: `Errno.invalidArgument` where the table has no such row; otherwise as `claim`.
    @discardableResult
    public func move(
        queue: String, name: String, from: TaskState, _ cause: Cause, words: String, at: Date
    ) throws -> FilePath? {
        guard let state = Transition.target(from: from, on: cause), from != .inProgress else {
            throw Errno.invalidArgument
        }
        let path = workspace.file(queue: queue, from, name)
        do {
            try documents.update(path) { TaskEdits.addingStatus("\(state.rawValue): \(words)", at: at, to: $0) }
        } catch Errno.noSuchFileOrDirectory { return nil }
        // Known before it is done: after a crash in between, the file lies where the request finds it again.
        let event = "\(words): goes to \(state.rawValue)"
        // A task of that name that is at work is another file's.
        if let record = try store.newest(queue: queue, name: name), !record.state.isFinal, !record.state.isUnfinished {
            try store.set(
                record, state == .pending ? .pending : .cancelled,
                ending: TaskEnding(cause: cause, at: at, summary: words), event: event, at: clock.now())
        } else {
            try store.remark("\(queue)/\(name)", event, at: clock.now())
        }
        if state.isFinal { try store.set(nil, queue: queue, name: name) }
        let folder = workspace.folder(queue: queue, state)
        try files.makeDirectories(folder)
        return try move(path, into: folder) { numberedName(name, $0) }
    }

    /// Lets a task that was put back run now: what it waited for, and the attempts so far, are forgotten.
    public func forgetHold(of record: TaskRecord, words: String, at: Date) throws {
        try store.set(
            record, .pending, ending: TaskEnding(cause: .released, at: at, summary: words), event: words, at: at)
    }

    /// Remembers that a task at work is not wanted any more, before its work is stopped.
    func noteDropped(_ record: TaskRecord, at: Date) throws {
        try store.set(
            record, .running, ending: TaskEnding(cause: .dropped, at: at, summary: "cancelled while it ran"),
            event: "caid cancel: is being stopped", at: clock.now())
    }

    /// Remembers that a person must approve a task, and writes the box to tick into its file.
    /// - Parameter nonce: makes the box unlike any that stood in the file before.
    public func askApproval(queue: String, name: String, asked: Approval?, nonce: String) throws {
        let approval = asked ?? Approval(nonce: nonce, askedAt: clock.now())
        if asked == nil { try store.set(approval, queue: queue, name: name) }
        do {
            try documents.update(workspace.file(queue: queue, .pending, name)) {
                ApprovalBox.adding(nonce: approval.nonce, name: name, to: $0)
            }
        } catch Errno.noSuchFileOrDirectory { return }
    }

    /// Remembers that a person has approved a task.
    /// - Parameter words: how, for the events.
    public func approve(queue: String, name: String, words: String) throws {
        let now = clock.now()
        var approval = try store.approvals()["\(queue)/\(name)"] ?? Approval(nonce: "", askedAt: now)
        guard approval.approvedAt == nil else { return }
        approval.approvedAt = now
        try store.set(approval, queue: queue, name: name)
        try store.remark("\(queue)/\(name)", words, at: now)
    }
}

extension RecordState {
    /// Whether the task that the record tells of is over: a file of its name is another one.
    fileprivate var isFinal: Bool { self == .completed || self == .cancelled }
}
