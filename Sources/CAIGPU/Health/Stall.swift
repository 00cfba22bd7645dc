// Owns what can be wrong with a job that lives and does nothing useful, in words, and what is done about it.
// Never decides that a job has stalled (StallWatch), and never touches it.

/// Why a living job counts as stalled.
public enum Stall: Sendable, Equatable {
    /// No step, record or token since then.
    case noProgress(since: Double, seconds: Double)
    /// The loss is not a number.
    case notANumber
    /// Slower than a quarter of its own median rate since then; rates per second.
    case slow(rate: Double, median: Double, unit: String, seconds: Double)
    /// Getting ready (environment, model, download) does not advance, or has no end.
    case setup(seconds: Double)

    public var words: String {
        switch self {
        case .noProgress(_, let seconds): "no useful progress for \(Words.span(seconds))"
        case .notANumber: "its loss is not a number"
        case .slow(let rate, let median, let unit, let seconds):
            "for \(Words.span(seconds)) under a quarter of its own speed: \(Self.figure(rate)) \(unit) a minute, "
                + "usually \(Self.figure(median))"
        case .setup(let seconds): "still getting ready after \(Words.span(seconds))"
        }
    }

    private static func figure(_ perSecond: Double) -> String {
        let perMinute = perSecond * 60
        return perMinute < 1e6 ? "\((perMinute * 10).rounded() / 10)" : "\(perMinute)"
    }
}

/// What is done about a stall.
public enum StallAction: Sendable, Equatable {
    /// Have its stacks written into its log, ask for a checkpoint if so told and give it a moment for both, then start it again.
    case restart(checkpointFirst: Bool)
    /// No further start: the task is blocked with these words, and the pod is free to be stopped.
    case block(String)
}

/// One restart for each job, then a person.
public enum StallLadder {
    /// - Parameter earlier: how many times this job has stalled before, in all its lives.
    public static func action(after stall: Stall, earlier: Int) -> StallAction {
        // A state whose loss is not a number must not become the newest checkpoint: the one before it is what helps.
        guard earlier > 0 else { return .restart(checkpointFirst: stall != .notANumber) }
        return .block(
            "stalled again after a restart: \(stall.words). Its stacks are in its worker.log; after mending it, "
                + "`caid retry` goes on from its last checkpoint")
    }
}
