// Owns how long a task will keep the pod and what that costs, step by step, before anything runs.
// Never guesses a size it has not seen: a step of which nobody can tell is named, and the sum then says "at least".

import CAIGPU
import CAIPipeline
import CAISystem

/// A task's pod time and money from here on.
struct TaskForecast: Sendable, Equatable {
    /// Where a figure comes from.
    enum Basis: String, Sendable, Codable {
        /// It is there already.
        case done
        /// What steps of its kind took with this model.
        case measured
        /// The pipeline's own figure, which holds for the tiny model.
        case pipeline
        /// It asks nothing of the pod.
        case none
        /// Nobody can tell.
        case unknown
    }
    struct Step: Sendable, Equatable {
        var step: String
        var kind: String
        /// Pod time; nil where nobody can tell.
        var seconds: Double?
        var basis: Basis
    }

    var steps: [Step]
    var usdPerHour: Double

    private var sums: Forecast {
        Forecast(steps: steps.map { .init(step: $0.step, seconds: $0.seconds) }, usdPerHour: usdPerHour)
    }
    /// Of the steps that are known: at least this much where one is unknown.
    var seconds: Double { sums.seconds }
    var usd: Double { sums.usd }
    var unknown: [String] { sums.unknown }

    /// Looks at what is done and what was measured in the plan's store.
    /// - Parameter model: as configured.
    static func of(_ plan: PipelinePlan, model: String, usdPerHour: Double) throws -> TaskForecast {
        let measured = try plan.store.manifests()
        let steps = try plan.outlook(model: model).map {
            step($0, measured: measured, model: model, isTiny: plan.profile == "tiny")
        }
        return TaskForecast(steps: steps, usdPerHour: usdPerHour)
    }

    /// Pod time that the plan will still take.
    /// - Returns: at least so many seconds; nil where nobody can tell of any step that is left.
    static func seconds(_ plan: PipelinePlan, model: String) throws -> Double? {
        let forecast = try of(plan, model: model, usdPerHour: 0)
        return forecast.seconds == 0 && !forecast.unknown.isEmpty ? nil : forecast.seconds
    }

    /// - Parameters:
    ///   - measured: manifests of earlier artifacts.
    ///   - isTiny: whether the pipeline's own figures hold.
    static func step(
        _ outlook: StepOutlook, measured: [ArtifactManifest], model: String, isTiny: Bool
    ) -> Step {
        var step = Step(step: outlook.step.id, kind: outlook.step.kind, seconds: 0, basis: .done)
        if outlook.isDone { return step }
        step.basis = outlook.calls == 0 ? .none : .pipeline
        if outlook.calls == 0 { return step }
        let seen = measured.filter { $0.kind == step.kind && $0.reused_from == nil && $0.isOf(model) }
        let spans = seen.map { Span($0.provenance, scale: scale(from: $0.parameters, to: outlook.parameters)) }
        if let typical = typical(of: spans) {
            (step.seconds, step.basis) = (typical, .measured)
        } else if isTiny, let figure = outlook.step.about_s {
            step.seconds = max(0, figure)
        } else {
            (step.seconds, step.basis) = (nil, .unknown)
        }
        return step
    }

    /// By how much more is to be done; 1 where a step has no `n`.
    private static func scale(from old: JSONValue, to new: JSONValue) -> Double {
        guard let before = old["n"]?.doubleValue, let now = new["n"]?.doubleValue, before > 0, now > 0 else { return 1 }
        return now / before
    }

    /// How long something took, and when.
    struct Span: Sendable {
        var seconds: Double
        var at: String

        init(_ provenance: [String: JSONValue], scale: Double = 1) {
            seconds = (provenance["seconds"]?.doubleValue ?? 0) * scale
            at = provenance["timestamp"]?.stringValue ?? ""
        }
    }

    /// The median of the newest five; nil where nothing was measured.
    private static func typical(of spans: [Span]) -> Double? {
        let sorted = spans.filter { $0.seconds > 0 }.sorted { $0.at > $1.at }.prefix(5).map(\.seconds).sorted()
        guard let upper = sorted.dropFirst(sorted.count / 2).first else { return nil }
        return sorted.count % 2 == 1 ? upper : (upper + sorted[sorted.count / 2 - 1]) / 2
    }

    /// A script takes what it took when it was run like this before.
    static func ofScript(_ name: String, measured: [Span], usdPerHour: Double) -> TaskForecast {
        let seconds = typical(of: measured)
        let step = Step(step: name, kind: "script", seconds: seconds, basis: seconds == nil ? .unknown : .measured)
        return TaskForecast(steps: [step], usdPerHour: usdPerHour)
    }
}

extension ArtifactManifest {
    /// Whether it was made with this model. A preflight, which finds out which one answers, tells more of it.
    fileprivate func isOf(_ model: String) -> Bool {
        let said = provenance["model"]
        return (said?.stringValue ?? said?["id"]?.stringValue) == model
    }
}
