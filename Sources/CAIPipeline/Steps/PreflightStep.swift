// Owns the look at the machine before any money is spent on it, and the question which model answers there.
// Never cached: a machine can break between two runs.

import CAISystem

/// Checks the pod and the model. Writes `model.json`.
enum PreflightStep: Step {
    typealias Parameters = NoParameters
    static let kind = "preflight"
    static let semantics = 1
    static let cache = CachePolicy.never

    static func run(_ parameters: NoParameters, _ context: StepContext) async throws -> StepFacts {
        let model = try await context.identify()
        try context.write(ModelFile.name, CanonicalJSON.encode(model, pretty: true))
        return StepFacts(headline: "machine fit, model \(model.id) (\(model.parameters) parameters)")
    }
}
