// Owns what the board means for the pod: what would use it, and what takes it from what.
// Never starts or stops anything.

import CAIGPU
import CAIWorkflow

extension PodDemand {
    /// - Parameters:
    ///   - isAtWork: whether a task for the pod is at work: between two of its jobs nothing of it runs there, and yet no person is
    ///     waited for.
    ///   - lastWasBlocked: whether the last work for the pod ended in `blocked/`, so that a person has to look at it.
    init(_ board: Board, _ rules: BoardRules, isAtWork: Bool, lastWasBlocked: Bool) {
        let waiting = board.candidates.filter { rules.takes($0) == BoardRules.pod }
            .map { (name: $0.file.name, why: board.selection.waiting[$0.file.key]) }
        let runnable = waiting.filter { task in
            switch task.why {
            case nil, .settling, .slot: true
            case .person, .condition, .pause: false
            }
        }
        let needsPerson = waiting.allSatisfy { if case .person = $0.why { true } else { false } }
        self.init(
            runnable: runnable.map(\.name),
            waitsOnlyForPeople: !isAtWork && needsPerson && (lastWasBlocked || !waiting.isEmpty))
    }
}

extension BoardRules {
    /// Whether a task at work uses the pod.
    func isForPod(_ task: ClaimedTask) -> Bool {
        takes(queue: task.record.queue, name: task.record.name, task.bytes) == Self.pod
    }
}

/// An urgent task that waits behind work which is not takes the pod from it, once for each run.
enum Preemption {
    /// How the journal's line about it begins.
    static let word = "gave way to "

    /// - Parameters:
    ///   - atWork: by `queue/name`.
    ///   - before: whether a run has given way already.
    static func due(
        _ board: Board, _ rules: BoardRules, atWork: [String: ClaimedTask], before: (String) -> Bool
    ) -> (urgent: Candidate, victim: ClaimedTask)? {
        let urgent = board.candidates.first { candidate in
            guard candidate.document.priority == .p0, candidate.document.frontMatter.preempts,
                rules.takes(candidate) == BoardRules.pod, case .slot? = board.selection.waiting[candidate.file.key]
            else { return false }
            return true
        }
        guard let urgent else { return nil }
        let victim = atWork.values.filter { rules.isForPod($0) && priority($0) >= .p2 }
            .sorted { ($0.record.claimedAt, $0.record.run) > ($1.record.claimedAt, $1.record.run) }
            .first { !before($0.record.run) }
        return victim.map { (urgent, $0) }
    }

    private static func priority(_ task: ClaimedTask) -> Priority {
        TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name).document.priority
    }
}
