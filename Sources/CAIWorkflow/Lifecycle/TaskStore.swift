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
    /// How often it has been claimed; with `run` it names what this claim started, and nothing else ever does.
    public var claims: Int
    /// How it ended; while it runs, how its run before this one did, where attempts are counted on.
    public var ending: TaskEnding?

    public init(
        id: Int64, queue: String, name: String, inode: UInt64, run: String, state: RecordState, claimedAt: Date,
        claims: Int = 1, ending: TaskEnding?
    ) {
        (self.id, self.queue, self.name, self.inode) = (id, queue, name, inode)
        (self.run, self.state, self.claimedAt) = (run, state, claimedAt)
        (self.claims, self.ending) = (claims, ending)
    }

    /// `queue/name`.
    public var key: String { "\(queue)/\(name)" }
}

/// A person's leave for a task that asks for it.
public struct Approval: Sendable, Codable, Hashable {
    /// Stands in the box that the daemon wrote; a box without it approves nothing.
    public var nonce: String
    public var askedAt: Date
    public var approvedAt: Date?

    public init(nonce: String, askedAt: Date, approvedAt: Date? = nil) {
        (self.nonce, self.askedAt, self.approvedAt) = (nonce, askedAt, approvedAt)
    }
}

/// Where the lifecycle writes its intents.
public protocol TaskStore: Sendable {
    /// The newest record of a name in a queue.
    func newest(queue: String, name: String) throws -> TaskRecord?
    /// The intent to claim: a new record, or `again` bound to the file that has come back. A record that went back to
    /// `pending` keeps its ending, which counts the attempts; any other begins anew.
    func claiming(
        queue: String, name: String, inode: UInt64, sha256: String, again: TaskRecord?, at: Date
    ) throws -> TaskRecord
    /// The intent came to nothing, no file was moved: the record is `pending` again.
    func forget(_ record: TaskRecord) throws
    /// A change of state, with its event.
    func set(_ record: TaskRecord, _ state: RecordState, ending: TaskEnding?, event: String, at: Date) throws
    /// Something worth telling that changes no state.
    /// - Parameter target: the run, or what else it happened to.
    func remark(_ target: String, _ message: String, at: Date) throws
    /// Records that went back to `pending`.
    func returned() throws -> [TaskRecord]
    /// Asked for and given approvals, by `queue/name`.
    func approvals() throws -> [String: Approval]
    /// - Parameter approval: nil once its task is done with.
    func set(_ approval: Approval?, queue: String, name: String) throws
    /// What was spent in all, USD, and on which items of the roadmap by the tasks that succeeded.
    func spending() throws -> (totalUSD: Double, items: [RoadmapSpend])
    /// Records that are `claiming`, `running` or `finishing`, oldest first.
    func unfinished() throws -> [TaskRecord]
}
