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
    public var status: FilePath { root.appending("status") }
    public var logs: FilePath { status.appending("logs") }
    /// The daemon's own.
    public var own: FilePath { root.appending(".caid") }
    public var journal: FilePath { own.appending("journal.sqlite") }
    public var lock: FilePath { own.appending("lock") }
    public var displaced: FilePath { own.appending("displaced") }
    public var localPod: FilePath { own.appending("pod") }

    public func folder(queue: String, _ state: TaskState) -> FilePath {
        tasks.appending(queue).appending(state.rawValue)
    }

    public func file(queue: String, _ state: TaskState, _ name: String) -> FilePath {
        folder(queue: queue, state).appending(name)
    }

    /// A path as people write it: relative to the root where it lies below it.
    public func display(_ path: FilePath) -> String {
        var relative = path
        return relative.removePrefix(root) && !relative.isEmpty ? relative.string : path.string
    }
}
