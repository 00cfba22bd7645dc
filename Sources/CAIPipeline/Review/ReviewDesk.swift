// Owns the port through which a pipeline asks reviewers for their judgement.
// Never knows how a review is asked for or answered.

/// What a pipeline wants judged.
public struct ReviewQuestion: Sendable {
    /// The run and the step, which name the request.
    public var run: String
    public var step: String
    public var reviewers: [String]
    /// What they shall look at, in the words of the pipeline's author.
    public var ask: String
    /// Where the artifacts before it lie, and what each says of itself.
    public var artifacts: [(folder: String, headline: String)]
    /// Changes with anything that is to be judged: an answer to another question does not count.
    public var fingerprint: String

    public init(
        run: String, step: String, reviewers: [String], ask: String, artifacts: [(folder: String, headline: String)],
        fingerprint: String
    ) {
        (self.run, self.step, self.reviewers, self.ask) = (run, step, reviewers, ask)
        (self.artifacts, self.fingerprint) = (artifacts, fingerprint)
    }
}

/// How far the answer is.
public enum ReviewAnswer: Sendable, Hashable {
    /// Asked; not all have answered.
    case waiting(request: String, why: String)
    case approved(request: String, why: String)
    /// Anything that is not clearly an approval.
    case notApproved(request: String, why: String)
}

/// Asks for reviews.
public protocol ReviewDesk: Sendable {
    /// Asks the question unless it has been asked, and says how far the answer is.
    /// - Throws: `PipelineError` where there is no such reviewer.
    func ask(_ question: ReviewQuestion) throws -> ReviewAnswer
}

/// The step has to wait for a review; the pipeline is entered again once it is answered.
public struct ReviewPending: Error, Sendable {
    public var request: String
    public var reason: String

    public init(request: String, reason: String) { (self.request, self.reason) = (request, reason) }
}
