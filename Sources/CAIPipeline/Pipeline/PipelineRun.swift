// Owns the run of a pipeline: for each step its key, then what is there already, then what a cache holds, then the work.
// A run that is entered again finds its finished steps and goes on after them.
// Never retries: what a failure means for the task is decided above.

import CAISystem
import CAIYAML
import SystemPackage

/// One run of one pipeline.
public struct PipelineRun: Sendable {
    public let intent: PipelinePlan
    let model: any Model
    let desk: any ReviewDesk
    /// Facts for every manifest (commit, time, host), asked for when a step is finished.
    let circumstances: @Sendable () -> [String: JSONValue]
    let files: any FileOperations

    public init(
        definition: PipelineDefinition, run: String, until: String?, parameters: [String: YAMLValue], profile: String,
        store: ArtifactStore, material: PipelineMaterial, model: any Model, desk: any ReviewDesk,
        circumstances: @escaping @Sendable () -> [String: JSONValue]
    ) {
        intent = PipelinePlan(
            definition: definition, run: run, until: until, parameters: parameters, profile: profile, store: store,
            material: material)
        (self.model, self.desk, self.circumstances, files) = (model, desk, circumstances, store.files)
    }

    /// The steps to do.
    /// - Throws: as `PipelinePlan.steps()`.
    public func plan() throws -> [PipelineDefinition.Step] { try intent.steps() }

    /// Does what is left to do.
    /// - Returns: the artifacts in order.
    /// - Throws: `GateClosed`; `PipelineError`; errors of the model's port; `CancellationError`.
    public func perform(
        started: @Sendable (_ step: String) -> Void,
        finished: @Sendable (_ artifact: Artifact) -> Void
    ) async throws -> [Artifact] {
        let steps = try plan()
        let folder = intent.folder
        try files.makeDirectories(folder)
        var done: [Artifact] = []
        var identity: ModelIdentity?
        for step in steps {
            try Task.checkCancellation()
            guard let kind = StepRegistry.kind(step.kind) else { continue }
            started(step.id)
            let artifact = try await perform(step, kind, folder: folder, before: done, model: identity)
            if let known = try ModelFile.read(artifact, files) { identity = known }
            done.append(artifact)
            finished(artifact)
            if let verdict = try GateFile.read(artifact, files) {
                throw verdict
            }
        }
        return done
    }

    /// One step: found, linked or done.
    private func perform<Kind: Step>(
        _ step: PipelineDefinition.Step, _ kind: Kind.Type, folder: FilePath, before: [Artifact], model: ModelIdentity?
    ) async throws -> Artifact {
        let demand = try intent.demand(of: step, kind, before: before, model: model)
        let key = demand.key
        let target = folder.appending(step.id)
        if let found = try Artifact.open(target, files) {
            if found.manifest.step_key == key { return found }
            // The same run entered again after something upstream changed: the old data stays, under another name.
            try files.move(target, to: folder.appending(files.freeName(".\(step.id).replaced", in: folder)))
        }
        let partial = folder.appending(".\(step.id).partial")
        try files.removeTree(partial)
        try files.makeDirectories(partial)
        if Kind.cache == .content, let cached = try intent.store.find(key: key) {
            return try cached.link(as: target, partial: partial, run: intent.run, files)
        }
        let context = StepContext(
            run: intent.run, step: step.id, key: key, expectedCalls: Kind.calls(demand.parameters), output: partial,
            artifacts: Kind.cache == .never ? before : [], inputs: demand.inputs,
            model: model, material: intent.material, files: files, port: self.model,
            desk: desk)
        let facts = try await Kind.run(demand.parameters, context)
        let data = try Artifact.dataFiles(in: partial, files)
        let manifest = ArtifactManifest(
            pipeline: intent.definition.name, run: intent.run, step: step.id, kind: Kind.kind,
            semantics: Kind.semantics,
            step_key: key,
            content_sha256: ArtifactManifest.contentDigest(data),
            parameters: try JSONValue(encoding: demand.parameters), files: data,
            parents: demand.parents.map {
                .init(
                    step: $0.manifest.step, manifest_sha256: $0.manifestSHA256,
                    content_sha256: $0.manifest.content_sha256)
            },
            headline: facts.headline, provenance: provenance(facts, context, model: model))
        return try Artifact.finish(partial, as: target, manifest: manifest, files)
    }

    private func provenance(_ facts: StepFacts, _ context: StepContext, model: ModelIdentity?) -> [String: JSONValue] {
        var all = circumstances()
        let receipt = context.receipts
        if case .object(let members) = receipt.facts { all.merge(members) { old, _ in old } }
        all["seconds"] = .double((receipt.seconds * 1000).rounded() / 1000)
        all["cost_usd"] = .double(receipt.usd)
        all["revision"] = nil
        if let model {
            all["model"] = .string(model.id)
            all["model_revision"] = .string(model.revision)
        }
        all["template_disabled"] = .bool(true)
        return all.merging(facts.provenance) { _, new in new }
    }
}
