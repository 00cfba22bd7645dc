// Owns how far a review is: which reviewers have it, who has answered, and what the answers come to.
// Never believes an answer that it cannot read: what is not clearly an approval is none.

import CAISystem
import SystemPackage

/// Looks a review request up in all reviewers' folders.
public struct ReviewStanding: Sendable {
    let workspace: Workspace
    let files: any FileOperations
    /// Who can answer.
    let reviewers: Set<String>

    public init(workspace: Workspace, files: any FileOperations, reviewers: Set<String>) {
        (self.workspace, self.files, self.reviewers) = (workspace, files, reviewers)
    }

    /// - Parameter request: `name.md` or its stem.
    /// - Returns: nil where no reviewer has such a request.
    public func of(_ request: String) -> (isComplete: Bool, isApproved: Bool, why: String)? {
        look(request).map { ($0.isComplete, $0.isApproved, $0.why) }
    }

    /// - Returns: also whether somebody is asked who can never answer.
    private func look(_ request: String) -> (isComplete: Bool, isApproved: Bool, isStuck: Bool, why: String)? {
        let (_, names) = Needs.split(request)
        guard let name = names.first else { return nil }
        var asked: ReviewRequest?
        var answers: [(reviewer: String, verdict: ReviewVerdict?)] = []
        for reviewer in (try? files.list(workspace.reviews).sorted()) ?? [] {
            guard let (state, bytes) = copy(of: name, reviewer) else { continue }
            asked = asked ?? ReviewRequest.diagnose(bytes, name: name, file: name).request
            answers.append((reviewer, state == .completed ? verdict(on: name, by: reviewer) : nil))
        }
        guard let asked else { return nil }
        var standing = asked.standing(answers)
        let nobody = asked.reviewers.filter { name in
            !reviewers.contains(name) && !answers.contains { $0.reviewer == name }
        }
        if !nobody.isEmpty { standing.why += " (cai.yaml has no reviewer \(nobody.joined(separator: ", ")))" }
        return (standing.isComplete, standing.isApproved, !nobody.isEmpty, standing.why)
    }

    /// Why a task that needs this review cannot run; nil where it is approved.
    func waiting(for request: String) -> Waiting? {
        guard let standing = look(request) else {
            return .person(
                "needs the review \(request), but no reviewer has such a request: put it into reviews/<reviewer>/pending/"
            )
        }
        if standing.isApproved { return nil }
        if standing.isComplete {
            return .person(
                "the review \(request) is not approved: \(standing.why). Mend what it found and ask for another")
        }
        let waiting = "waiting for the review \(request): \(standing.why)"
        return standing.isStuck ? .person(waiting) : .condition(waiting)
    }

    private func copy(of name: String, _ reviewer: String) -> (state: TaskState, bytes: [UInt8])? {
        let lane = Workspace.lane(reviewer: reviewer)
        // Asked for again: what is not answered yet counts, not the answer of the last time.
        for state in [TaskState.pending, .inProgress, .blocked, .completed] {
            if let bytes = try? files.read(workspace.file(queue: lane, state, name)) { return (state, bytes) }
        }
        return nil
    }

    /// The line in an answered request's notes that says which name it was asked under: in `done/` it may have a number.
    public static func note(ofRequest name: String) -> String {
        "- Request: `\(PlainText.line(name).filter { $0 != "`" })`"
    }

    /// The newest answer's verdict: the one with the highest number. An answer to another request, which has such a number in
    /// its own name, is none to this one.
    private func verdict(on name: String, by reviewer: String) -> ReviewVerdict? {
        let folder = workspace.responses(reviewer: reviewer)
        let note = Self.note(ofRequest: name)
        var found: ReviewVerdict?
        var number = 1
        while let bytes = try? files.read(folder.appending(numberedName(name, number))) {
            let request = number == 1 ? nil : copy(of: numberedName(name, number), reviewer)
            if request.map({ String(decoding: $0.bytes, as: UTF8.self).contains(note) }) ?? true {
                found = ReviewResponse.parse(bytes).verdict
            }
            number += 1
        }
        return found
    }
}

extension Dispatcher {
    /// Copies a request that names several reviewers to each of the others, once.
    /// - Returns: whether anything was copied.
    func handOut(_ candidate: Candidate) throws -> Bool {
        let file = candidate.file
        guard let own = Workspace.reviewer(ofLane: file.queue), candidate.problems.isEmpty else { return false }
        guard let bytes = try? files.read(workspace.file(queue: file.queue, .pending, file.name)) else { return false }
        var hasActed = false
        for other in ReviewRequest.diagnose(bytes, name: file.name, file: file.name).request.reviewers
        where other != own && rules.reviewers.contains(other) {
            let lane = Workspace.lane(reviewer: other)
            let isThere = try TaskState.allCases.contains {
                try files.status(workspace.file(queue: lane, $0, file.name)) != nil
            }
            if isThere { continue }
            try files.makeDirectories(workspace.folder(queue: lane, .pending))
            do {
                try files.writeNew(workspace.file(queue: lane, .pending, file.name), bytes: bytes)
                hasActed = true
            } catch Errno.fileExists { continue }
        }
        return hasActed
    }
}
