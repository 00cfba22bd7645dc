// Owns where things lie in a workspace; every path of the layout is spelled here and nowhere else.
// Never touches a file.

import SystemPackage

/// A folder with `cai.yaml`, `tasks/`, `reviews/`, `status/` and `ROADMAP.md`.
public struct Workspace: Sendable, Hashable {
    /// Absolute.
    public let root: FilePath

    public init(root: FilePath) { self.root = root.lexicallyNormalized() }

    public var configuration: FilePath { root.appending("cai.yaml") }
    public var constitution: FilePath { root.appending("constitution.yaml") }
    public var roadmap: FilePath { root.appending("ROADMAP.md") }
    public var tasks: FilePath { root.appending("tasks") }
    public var reviews: FilePath { root.appending("reviews") }
    public var pipelines: FilePath { root.appending("pipelines") }
    public var artifacts: FilePath { root.appending("artifacts") }
    public var checkpoints: FilePath { root.appending("checkpoints") }
    public var status: FilePath { root.appending("status") }
    public var logs: FilePath { status.appending("logs") }
    /// The daemon's own.
    public var own: FilePath { root.appending(".caid") }
    public var journal: FilePath { own.appending("journal.sqlite") }
    public var lock: FilePath { own.appending("lock") }
    public var displaced: FilePath { own.appending("displaced") }
    public var localPod: FilePath { own.appending("pod") }

    public var requests: FilePath { own.appending("requests") }
    public var processes: FilePath { own.appending("processes") }

    /// A reviewer's requests go through the same lifecycle as a queue's tasks, under this name; no queue can have it,
    /// because a queue's name holds no slash.
    public static func lane(reviewer: String) -> String { "reviews/\(reviewer)" }

    /// The reviewer whose lane this is; nil for a queue of tasks.
    public static func reviewer(ofLane lane: String) -> String? {
        lane.hasPrefix("reviews/") ? String(lane.dropFirst("reviews/".count)) : nil
    }

    /// - Parameter queue: a queue's name, or a reviewer's lane, whose finished requests lie in `done/`.
    public func folder(queue: String, _ state: TaskState) -> FilePath {
        guard let reviewer = Self.reviewer(ofLane: queue) else {
            return tasks.appending(queue).appending(state.rawValue)
        }
        return reviews.appending(reviewer).appending(state == .completed ? "done" : state.rawValue)
    }

    /// Where a reviewer's answers lie, each under its request's name.
    public func responses(reviewer: String) -> FilePath { reviews.appending(reviewer).appending("responses") }

    public func file(queue: String, _ state: TaskState, _ name: String) -> FilePath {
        folder(queue: queue, state).appending(name)
    }

    /// A path as people write it: relative to the root where it lies below it.
    public func display(_ path: FilePath) -> String {
        var relative = path
        return relative.removePrefix(root) && !relative.isEmpty ? relative.string : path.string
    }
}
