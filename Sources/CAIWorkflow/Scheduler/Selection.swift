// Owns the choice of what runs next: a pure function of what is pending, what runs, and the time. Every task that does
// not run gets a reason that a person can act on.
// Never starts anything.

import CAISystem
import CAIYAML
import FoundationEssentials

/// A pending task as the choice sees it.
public struct Candidate: Sendable {
    public var file: PendingFile
    public var document: TaskDocument
    /// What is wrong with its header; such a task is taken up only to be blocked with these words.
    public var problems: [YAMLError]
    /// Whether the file may be touched already.
    public var isSettled: Bool

    public init(file: PendingFile, document: TaskDocument, problems: [YAMLError], isSettled: Bool) {
        (self.file, self.document, self.problems, self.isSettled) = (file, document, problems, isSettled)
    }
}

/// Why a pending task is not running.
public enum Waiting: Sendable, Hashable {
    /// Still being written, as far as one can tell.
    case settling
    /// Everything that runs its kind of work is busy.
    case slot(String)
    /// For another task, a time, or a person: nothing that passes by itself within a drain.
    case condition(String)

    /// For people.
    public var reason: String {
        switch self {
        case .settling: "settling: the file has only just been written"
        case .slot(let text), .condition(let text): text
        }
    }
}

/// What was chosen.
public struct Selection: Sendable {
    /// To be claimed now, in this order.
    public var ready: [Candidate] = []
    /// `queue/name` → why not.
    public var waiting: [String: Waiting] = [:]

    /// - Parameters:
    ///   - candidates: everything in `pending/`.
    ///   - completed: `queue/name` of every file in a `completed/`.
    ///   - freeSlots: how many more tasks a queue may run now.
    ///   - obstacle: why nothing can run this task at all (no executor for it), or nil.
    public static func choose(
        from candidates: [Candidate], completed: Set<String>, freeSlots: [String: Int],
        obstacle: (Candidate) -> String?, now: Date
    ) -> Selection {
        var selection = Selection()
        var free = freeSlots
        // Each name with its queue and without: `needs` may say either.
        let completed = completed.union(completed.map { String($0.drop { $0 != "/" }.dropFirst()) })
        for candidate in candidates.sorted(by: { $0.document.order < $1.document.order }) {
            let (queue, name) = (candidate.file.queue, candidate.file.name)
            let key = "\(queue)/\(name)"
            if !candidate.isSettled {
                selection.waiting[key] = .settling
            } else if candidate.problems.isEmpty,
                let condition = condition(candidate, completed: completed, now: now) ?? obstacle(candidate)
            {
                selection.waiting[key] = .condition(condition)
            } else if free[queue, default: 0] > 0 {
                free[queue, default: 0] -= 1
                selection.ready.append(candidate)
            } else {
                selection.waiting[key] = .slot("waiting for a slot: '\(queue)' is busy")
            }
        }
        return selection
    }

    /// What the task itself says must come first.
    private static func condition(_ candidate: Candidate, completed: Set<String>, now: Date) -> String? {
        if candidate.document.isCancelled { return "marked as cancelled: move it to cancelled/, or remove the mark" }
        let header = candidate.document.frontMatter
        if let time = header.notBefore, time > now { return "not before \(time.instantText)" }
        let missing = header.needs.filter { !completed.contains($0) && !completed.contains($0 + ".md") }
        if !missing.isEmpty { return "waiting for \(missing.joined(separator: ", ")) to be completed" }
        if header.requiresApproval {
            return "waiting for a person's approval: remove `requires_approval` from the header to give it"
        }
        return nil
    }
}
