// Owns the gate that a review opens: the pipeline goes on once every reviewer has approved what was made so far.
// Never cached, and never content with an answer to another question.

import CAISystem

/// Asks reviewers. Writes `review.json` once they have approved.
enum ReviewStep: Step {
    struct Parameters: StepParameters {
        var reviewers: [String]
        /// What they shall look at.
        var ask: String

        static let names = ["reviewers", "ask"]
    }
    static let kind = "review"
    static let semantics = 1
    static let cache = CachePolicy.never

    private struct Verdict: Encodable {
        var request: String
        var verdict: String
        var why: String
    }

    static func calls(_ parameters: Parameters) -> Int { 0 }

    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts {
        guard !parameters.reviewers.isEmpty else {
            throw PipelineError(.invalidParameter, "the step '\(context.step)' names no reviewers")
        }
        let question = ReviewQuestion(
            run: context.run, step: context.step, reviewers: parameters.reviewers, ask: parameters.ask,
            artifacts: context.artifacts.map { ($0.folder.string, $0.manifest.headline) }, fingerprint: context.key)
        switch try context.desk.ask(question) {
        case .waiting(let request, let why):
            throw ReviewPending(request: request, reason: "waiting for the review \(request): \(why)")
        case .notApproved(let request, let why):
            throw GateClosed(
                reason: "the review \(request) is not approved: \(why)",
                unblock:
                    "mend what it found, or put the request into reviews/<reviewer>/pending/ once more for another answer, "
                    + "then `caid retry` this task")
        case .approved(let request, let why):
            let verdict = Verdict(request: request, verdict: "approved", why: why)
            try context.write("review.json", CanonicalJSON.encode(verdict, pretty: true))
            return StepFacts(headline: "review \(request) approved")
        }
    }
}
