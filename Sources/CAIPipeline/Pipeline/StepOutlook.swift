// Owns looking ahead: which steps of a plan are done already, in this run or in another one, and which will have to be done.
// Never runs or links anything. Where a key depends on what nobody has made yet, the step counts as not done.

import CAISystem

/// What is known of a step before it is its turn.
public struct StepOutlook: Sendable {
    public var step: PipelineDefinition.Step
    /// Whether it will be found done, so that it costs nothing.
    public var isDone: Bool
    /// How many times it asks the model; 0: it needs no pod.
    public var calls: Int
    /// Its own parameters, as its manifest will have them.
    public var parameters: JSONValue
}

extension PipelinePlan {
    /// The steps to do, in order.
    /// - Parameter model: the configured model's id. Where this run has not asked yet, it is taken to be what it was when it was
    ///   last asked for.
    /// - Throws: `PipelineError` where a step's parameters are wrong, as running it would.
    public func outlook(model: String) throws -> [StepOutlook] {
        var (done, isWhole) = ([Artifact](), true)
        var identity: ModelIdentity?
        return try steps().compactMap { step in
            guard let kind = StepRegistry.kind(step.kind) else { return nil }
            let (outlook, found) = try look(at: step, kind, before: done, model: identity, isWhole: isWhole)
            if let found { done.append(found) } else if kind.cache == .content { isWhole = false }
            if let known = try found.flatMap({ try ModelFile.read($0, store.files) }) {
                identity = known
            } else if kind == PreflightStep.self {
                identity = try lastIdentity(of: model)
            }
            return outlook
        }
    }

    /// - Parameter isWhole: whether all that earlier steps make is there.
    private func look<Kind: Step>(
        at step: PipelineDefinition.Step, _ kind: Kind.Type, before: [Artifact], model: ModelIdentity?, isWhole: Bool
    ) throws -> (StepOutlook, Artifact?) {
        let demand = try demand(of: step, kind, before: before, model: model)
        var found: Artifact?
        if isWhole || (Kind.cache == .content && Kind.inputs.isEmpty) {
            let own = try Artifact.open(folder.appending(step.id), store.files)
            found = own?.manifest.step_key == demand.key ? own : nil
            if found == nil, Kind.cache == .content { found = try store.find(key: demand.key) }
        }
        let outlook = StepOutlook(
            step: step, isDone: found != nil, calls: Kind.calls(demand.parameters),
            parameters: try JSONValue(encoding: demand.parameters))
        return (outlook, found)
    }

    /// What a preflight found under that name the last time.
    private func lastIdentity(of model: String) throws -> ModelIdentity? {
        func instant(_ manifest: ArtifactManifest) -> String { manifest.provenance["timestamp"]?.stringValue ?? "" }
        let asked = try store.finished().filter { $0.manifest.kind == PreflightStep.kind }
            .sorted { instant($0.manifest) > instant($1.manifest) }
        for (folder, _) in asked {
            guard let artifact = try? Artifact.open(folder, store.files),
                let identity = try? ModelFile.read(artifact, store.files), identity.id == model
            else { continue }
            return identity
        }
        return nil
    }
}
