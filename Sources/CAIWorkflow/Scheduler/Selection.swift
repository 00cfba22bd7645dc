// Owns the choice of what runs next: a pure function of what is pending, what runs, and the time. Every task that does
// not run gets a reason that a person can act on.
// Never starts anything.

import CAISystem
import FoundationEssentials

/// What the choice depends on beside the candidates.
public struct Circumstances: Sendable {
    public var needs: Needs
    /// Why tasks that went back to `pending/` do not run at once, by `queue/name`.
    public var holds: [String: Hold]
    public var approvals: [String: Approval]
    /// How many more tasks may run now, by the name of what is short; what is not named is not short.
    public var free: [String: Int]
    /// What a task takes one of, of those names.
    public var slots: @Sendable (Candidate) -> [String]
    /// Whether the review of this name has been answered by all its reviewers, with any verdict.
    public var isAnswered: @Sendable (String) -> Bool
    /// Whether a file of this name, `queue/name`, lies in `in_progress/` or is at work.
    public var isTaken: @Sendable (String) -> Bool
    /// Why nothing can run this task at all (no executor for it, a review that is not approved), or nil.
    public var obstacle: @Sendable (Candidate) -> Waiting?
    public var now: Date

    public init(
        needs: Needs, holds: [String: Hold] = [:], approvals: [String: Approval] = [:], free: [String: Int],
        slots: @escaping @Sendable (Candidate) -> [String] = { [$0.file.queue] },
        isAnswered: @escaping @Sendable (String) -> Bool = { _ in false },
        isTaken: @escaping @Sendable (String) -> Bool = { _ in false },
        obstacle: @escaping @Sendable (Candidate) -> Waiting? = { _ in nil }, now: Date
    ) {
        (self.needs, self.holds, self.approvals, self.free) = (needs, holds, approvals, free)
        (self.slots, self.isAnswered, self.isTaken) = (slots, isAnswered, isTaken)
        (self.obstacle, self.now) = (obstacle, now)
    }
}

/// What was chosen.
public struct Selection: Sendable {
    /// To be claimed now, in this order.
    public var ready: [Candidate] = []
    /// `queue/name` → why not.
    public var waiting: [String: Waiting] = [:]

    public init() {}

    /// - Parameter candidates: everything in `pending/`, in its order.
    public static func choose(from candidates: [Candidate], _ given: Circumstances) -> Selection {
        var selection = Selection()
        var free = given.free
        for candidate in candidates {
            let key = candidate.file.key
            if let reason = reason(candidate, given) {
                selection.waiting[key] = reason
                continue
            }
            let slots = given.slots(candidate)
            if let short = slots.first(where: { (free[$0] ?? 1) <= 0 }) {
                selection.waiting[key] = .slot("waiting for a slot: '\(short)' is busy")
                continue
            }
            for slot in slots where free[slot] != nil { free[slot, default: 0] -= 1 }
            selection.ready.append(candidate)
        }
        return selection
    }

    /// Why the task could not run now even if there was nothing else.
    private static func reason(_ candidate: Candidate, _ given: Circumstances) -> Waiting? {
        if !candidate.isSettled { return .settling }
        if let unreadable = candidate.unreadable { return .person(unreadable) }
        let (document, key) = (candidate.document, candidate.file.key)
        if given.isTaken(key) { return .condition("waiting: a file of this name lies in in_progress/ already") }
        // Taken up only to be blocked, with the place of what is wrong.
        if !candidate.problems.isEmpty { return nil }
        if document.isCancelled { return .person("marked as cancelled: move it to cancelled/, or remove the mark") }
        let header = document.frontMatter
        if let time = header.notBefore, time > given.now {
            return .condition("not before \(time.instantText)", until: time)
        }
        if let hold = given.holds[key], let waiting = waiting(hold, given) { return waiting }
        if let waiting = given.needs.waiting(key) { return waiting }
        if header.requiresApproval, given.approvals[key]?.approvedAt == nil {
            return .person(
                "waiting for a person's approval: tick the box at the end of the file, or `caid approve "
                    + "\(candidate.file.name)`")
        }
        return given.obstacle(candidate)
    }

    private static func waiting(_ hold: Hold, _ given: Circumstances) -> Waiting? {
        if let request = hold.request {
            return given.isAnswered(request) ? nil : .condition(hold.reason)
        }
        // A pause that seems to last for longer than any can means that the clock was set back.
        guard let until = hold.until, until > given.now, hold.kind != .backoff || until < given.now + 1200 else {
            return nil
        }
        return switch hold.kind {
        case .backoff: .pause(until: until, "\(hold.reason) at \(until.instantText)")
        case .quota, .review: .condition("\(hold.reason); goes on at \(until.instantText)", until: until)
        }
    }
}
