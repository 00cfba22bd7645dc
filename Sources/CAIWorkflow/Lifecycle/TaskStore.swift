// Owns the port through which the lifecycle remembers what it is about to do: implemented over the journal.
// Never called after the effect that it announces.

import FoundationEssentials

/// How far the journal knows a task to be.
public enum RecordState: String, Sendable, Codable {
    /// About to be moved to `in_progress/`.
    case claiming
    /// In `in_progress/`, with the daemon or its job at work.
    case running
    /// Its end is decided; notes and move may be outstanding.
    case finishing
    case pending, completed, blocked, cancelled
    /// A person took the file elsewhere; the folder wins.
    case moved

    /// Whether the daemon has something left to do with it.
    public var isUnfinished: Bool { self == .claiming || self == .running || self == .finishing }
}

/// How a task ended, with the exact time and text that go into its file, so that doing it twice writes it once.
public struct TaskEnding: Sendable, Codable, Hashable {
    public var cause: Cause
    /// The time on its line in `## Status Updates`.
    public var at: Date
    /// One line: the result, or why it is blocked and what would unblock it.
    public var summary: String
    /// The body of `## Completion Notes`, where there is one.
    public var notes: String?
    /// Items of the roadmap to tick, `heading / item`, once the file is in its final folder.
    public var roadmap: [String]

    public init(cause: Cause, at: Date, summary: String, notes: String? = nil, roadmap: [String] = []) {
        (self.cause, self.at, self.summary) = (cause, at, summary)
        (self.notes, self.roadmap) = (notes, roadmap)
    }
}

/// What the journal knows of a task.
public struct TaskRecord: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var queue: String
    public var name: String
    public var inode: UInt64
    /// The folder name of its artifacts; the same through retries and restarts.
    public var run: String
    public var state: RecordState
    public var claimedAt: Date
    public var ending: TaskEnding?

    public init(
        id: Int64, queue: String, name: String, inode: UInt64, run: String, state: RecordState, claimedAt: Date,
        ending: TaskEnding?
    ) {
        (self.id, self.queue, self.name, self.inode) = (id, queue, name, inode)
        (self.run, self.state, self.claimedAt, self.ending) = (run, state, claimedAt, ending)
    }
}

/// Where the lifecycle writes its intents.
public protocol TaskStore: Sendable {
    /// The newest record of a name in a queue.
    func newest(queue: String, name: String) throws -> TaskRecord?
    /// The intent to claim: a new record, or `again` bound to the file that has come back.
    func claiming(
        queue: String, name: String, inode: UInt64, sha256: String, again: TaskRecord?, at: Date
    ) throws -> TaskRecord
    /// The intent came to nothing, no file was moved: the record is `pending` again.
    func forget(_ record: TaskRecord) throws
    /// A change of state, with its event.
    func set(_ record: TaskRecord, _ state: RecordState, ending: TaskEnding?, event: String, at: Date) throws
    /// Something worth telling that changes no state.
    func remark(_ record: TaskRecord, _ message: String, at: Date) throws
    /// Records that are `claiming`, `running` or `finishing`, oldest first.
    func unfinished() throws -> [TaskRecord]
}
