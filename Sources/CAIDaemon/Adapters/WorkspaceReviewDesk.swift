// Owns a pipeline's questions to reviewers as request files in the workspace.
// Never writes a request twice for one question, and never takes an answer to another for its answer.

import CAIPipeline
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// `ReviewDesk` over `reviews/`.
struct WorkspaceReviewDesk: ReviewDesk {
    let workspace: Workspace
    let reviewers: Set<String>
    let files: any FileOperations

    func ask(_ question: ReviewQuestion) throws -> ReviewAnswer {
        guard let first = question.reviewers.first else {
            throw PipelineError(.invalidParameter, "no reviewers are named")
        }
        for name in question.reviewers where !reviewers.contains(name) {
            throw PipelineError(
                .invalidParameter,
                "there is no reviewer '\(name)' in cai.yaml; there are \(reviewers.sorted().joined(separator: ", "))")
        }
        let name = try request(question, of: first)
        guard let standing = ReviewStanding(workspace: workspace, files: files, reviewers: reviewers).of(name) else {
            return .waiting(request: name, why: "not taken up yet")
        }
        if standing.isApproved { return .approved(request: name, why: standing.why) }
        return standing.isComplete
            ? .notApproved(request: name, why: standing.why) : .waiting(request: name, why: standing.why)
    }

    /// The name of the request that asks this question, written where it has not been.
    private func request(_ question: ReviewQuestion, of reviewer: String) throws -> String {
        let lane = Workspace.lane(reviewer: reviewer)
        let bytes = Array(text(question).utf8)
        let mark = Array(Self.mark(question).utf8)
        var number = 1
        while true {
            let name = numberedName("\(question.run)_\(question.step).md", number)
            let found = try TaskState.allCases.compactMap { state -> [UInt8]? in
                let path = workspace.file(queue: lane, state, name)
                return try files.status(path)?.kind == .regular ? try files.read(path) : nil
            }.first
            guard let found else {
                try files.makeDirectories(workspace.folder(queue: lane, .pending))
                try files.writeNew(workspace.file(queue: lane, .pending, name), bytes: bytes)
                return name
            }
            if String(decoding: found, as: UTF8.self).contains(String(decoding: mark, as: UTF8.self)) { return name }
            number += 1
        }
    }

    private static func mark(_ question: ReviewQuestion) -> String { "**Question**: \(question.fingerprint)" }

    private func text(_ question: ReviewQuestion) -> String {
        let artifacts = question.artifacts.map {
            "- `\(workspace.display(FilePath($0.folder)))/`: \(PlainText.line($0.headline))\n"
        }.joined()
        return """
            # Review: \(question.run), before the step after `\(question.step)`

            **Assigned Reviewers**: \(question.reviewers.joined(separator: ", "))
            **Created By**: caid, for the task \(question.run)
            \(Self.mark(question))

            ## What to look at

            \(PlainText.fenced(question.ask))

            \(artifacts)
            Each folder holds the data and a `manifest.json` that says where they come from.

            ## How to answer

            On a line of its own: `Verdict: Approved` or `Verdict: Not approved`. Only a plain approval lets the pipeline go on. Findings as
            a list, each with its severity (CRITICAL, HIGH, MEDIUM, LOW), location, impact and suggestion: a task is made of each.

            """
    }
}
