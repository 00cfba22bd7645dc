// Owns the judgements that let a pipeline go on after its baseline.
// Never warns and goes on: a verdict is open, closed, or waits for a person.

/// What a gate says, with the figures it rests on.
public enum GateVerdict: Sendable, Equatable {
    case open(reason: String)
    /// Stops. `unblock` says what would open it.
    case closed(reason: String, unblock: String)
    /// Stops until a person approves. `unblock` says what is approved.
    case needsApproval(reason: String, unblock: String)
}

/// The gates that read a baseline's summary.
public enum Gate {
    /// Nothing to teach: closed where the baseline's best zero-shot form already has more than `limit` right.
    /// - Throws: `PipelineError.notEnoughData` without a zero-shot measurement: a gate never opens on nothing.
    public static func nothingToTeach(
        _ summary: Summary, baseline: String = "base", limit: Double = 0.70
    ) throws -> GateVerdict {
        guard let best = summary.bestZeroShot(of: baseline), best.n > 0 else { throw unmeasured(baseline) }
        let figures =
            "\(baseline) answers \(best.correct) of \(best.n) held-out items without examples "
            + "(\(Format.percent(best.rate)), \(Format.interval(best)), form \(best.promptForm.rawValue)); "
            + "the limit is \(Format.percent(limit))."
        guard best.rate > limit else { return .open(reason: figures) }
        return .closed(
            reason: "nothing to teach: " + figures,
            unblock: "harder instructions, types that the model does not master, or another base model")
    }

    /// Prompt artefact: needs approval where the zero-shot forms' content rates differ by more than `limit`.
    /// - Throws: `PipelineError.notEnoughData` without a zero-shot measurement.
    public static func promptArtefact(
        _ summary: Summary, baseline: String = "base", limit: Double = 0.10
    ) throws -> GateVerdict {
        let rates = PromptForm.zeroShot.compactMap { summary.rate(of: baseline, $0) }.filter { $0.n > 0 }
        let counts = rates.map(\.correct)
        guard let n = rates.first?.n, let least = counts.min(), let most = counts.max() else {
            throw unmeasured(baseline)
        }
        let figures = rates.map { "\($0.promptForm.rawValue) \($0.correct) of \($0.n)" }.joined(separator: ", ")
        let points = Double(most - least) / Double(n)
        guard points > limit else {
            return .open(reason: "The zero-shot forms agree: \(figures) (limit \(Format.points(limit))).")
        }
        return .needsApproval(
            reason: "the prompt form alone moves \(baseline) by \(Format.points(points)) (\(figures); the limit is "
                + "\(Format.points(limit))), so a gain could be an artefact of the form",
            unblock: "a person's approval: every lift is reported against the same form and against the best one")
    }

    private static func unmeasured(_ baseline: String) -> PipelineError {
        PipelineError(
            .notEnoughData,
            "\(baseline) was not measured in a zero-shot form (raw or wrapped); run the baseline before its gate")
    }
}
