// Owns the lifecycle: every state, every transition, in one table. docs/lifecycle.md is its page.
// Never moves a file; Claim, Finish and Recovery do, and only along this table.

/// A task's state is the folder it lies in; the raw value is that folder's name.
public enum TaskState: String, Sendable, Codable, CaseIterable {
    case pending
    case inProgress = "in_progress"
    case completed
    case blocked
    case cancelled
}

/// Why a task changes its state.
public enum Cause: String, Sendable, Codable, CaseIterable {
    /// The daemon took it up.
    case claimed
    /// The executor did what was asked.
    case succeeded
    /// It failed, a gate is closed, its header is wrong, or money ran out: a person decides.
    case obstructed
    /// It was interrupted, or failed with attempts left, and provably does not run any more.
    case interrupted
    /// A person wants it tried again: `caid retry`, an approval, or the file moved back.
    case released
    /// A person does not want it any more: `caid cancel`, or the file moved away.
    case dropped
}

/// One row of the lifecycle.
public struct Transition: Sendable, Hashable {
    public let from: TaskState
    public let cause: Cause
    public let to: TaskState

    public static let table: [Transition] = [
        Transition(from: .pending, cause: .claimed, to: .inProgress),
        Transition(from: .inProgress, cause: .succeeded, to: .completed),
        Transition(from: .inProgress, cause: .obstructed, to: .blocked),
        Transition(from: .inProgress, cause: .interrupted, to: .pending),
        Transition(from: .blocked, cause: .released, to: .pending),
        Transition(from: .pending, cause: .dropped, to: .cancelled),
        Transition(from: .inProgress, cause: .dropped, to: .cancelled),
        Transition(from: .blocked, cause: .dropped, to: .cancelled),
    ]

    /// Where a cause leads from a state, or nil where the table has no such row.
    public static func target(from: TaskState, on cause: Cause) -> TaskState? {
        table.first { $0.from == from && $0.cause == cause }?.to
    }
}

extension TaskState {
    /// A name that comes to `pending/` after one of these is a new task; after `blocked` it is the same one.
    public var isFinal: Bool { self == .completed || self == .cancelled }
}
