// Owns what the lifecycle remembers of how a task's run ended: enough to write it all again after a crash, word for word.
// Never decides an ending; AttemptPolicy does.

import FoundationEssentials

/// Why a task that went back to `pending/` does not run at once.
public struct Hold: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable {
        /// It failed and is tried again after a pause; short enough for a drain to wait for.
        case backoff
        /// The agent's provider wants no more requests for now.
        case quota
        /// A review it asked for has not been answered.
        case review
    }
    public var kind: Kind
    /// When it ends by itself; nil for a review.
    public var until: Date?
    /// The name of the review request it waits for.
    public var request: String?
    /// For people.
    public var reason: String

    public init(_ kind: Kind, until: Date? = nil, request: String? = nil, reason: String) {
        (self.kind, self.until, self.request, self.reason) = (kind, until, request, reason)
    }
}

/// A file that comes with an ending: a review's response, a task made from a finding.
public struct NewFile: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable {
        /// Written once and never changed; another file of that name makes it take a number.
        case response
        /// Written unless a task of that name lies in any folder of its queue.
        case task
    }
    public var kind: Kind
    /// The reviewer, or the queue.
    public var owner: String
    public var name: String
    public var contents: Data

    public init(_ kind: Kind, owner: String, name: String, contents: [UInt8]) {
        (self.kind, self.owner, self.name, self.contents) = (kind, owner, name, Data(contents))
    }
}

/// How a task's run ended, with the exact time and text that go into its file, so that doing it twice writes it once.
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
    /// Written before the file moves.
    public var files: [NewFile]?
    /// Why it does not run again at once.
    public var hold: Hold?
    /// Attempts that failed since a person last put the task into `pending/`.
    public var failures: Int?
    /// How many holds in a row asked it to wait without an attempt having failed.
    public var waits: Int?
    /// What the last failure looked like, numbers and times left out: the same twice in a row is not tried a third time.
    public var signature: String?

    public init(
        cause: Cause, at: Date, summary: String, notes: String? = nil, roadmap: [String] = [], files: [NewFile]? = nil
    ) {
        (self.cause, self.at, self.summary) = (cause, at, summary)
        (self.notes, self.roadmap, self.files) = (notes, roadmap, files)
    }
}
