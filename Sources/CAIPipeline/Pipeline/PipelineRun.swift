// Owns the run of a pipeline: for each step its key, then what is there already, then what a cache holds, then the work.
// A run that is entered again finds its finished steps and goes on after them.
// Never retries: what a failure means for the task is decided above.

import CAISystem
import CAIYAML
import SystemPackage

/// One run of one pipeline.
public struct PipelineRun: Sendable {
    public let definition: PipelineDefinition
    /// The task's name; the folder below `artifacts/<pipeline>/`.
    public let run: String
    /// The last step to do, or nil for all.
    public let until: String?
    /// The task's own parameters.
    public let parameters: [String: YAMLValue]
    public let profile: String
    let store: ArtifactStore
    let material: PipelineMaterial
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
        (self.definition, self.run, self.until, self.parameters) = (definition, run, until, parameters)
        (self.profile, self.store, self.material, self.model) = (profile, store, material, model)
        (self.desk, self.circumstances, self.files) = (desk, circumstances, store.files)
    }

    /// The steps to do.
    /// - Throws: `PipelineError` where `until` names no step, or a parameter belongs to none, with suggestions.
    public func plan() throws -> [PipelineDefinition.Step] {
        for name in parameters.keys.sorted() where !definition.parameterNames.contains(name) {
            throw PipelineError(
                .invalidParameter,
                "with: no step of '\(definition.name)' has a parameter '\(name)'; there are "
                    + definition.parameterNames.sorted().joined(separator: ", "))
        }
        guard let until else { return definition.steps }
        guard let last = definition.steps.firstIndex(where: { $0.id == until }) else {
            throw PipelineError(
                .invalidParameter,
                "until: '\(definition.name)' has no step '\(until)'; there are "
                    + definition.steps.map(\.id).joined(separator: ", "))
        }
        return Array(definition.steps[...last])
    }

    /// Does what is left to do.
    /// - Returns: the artifacts in order.
    /// - Throws: `GateClosed`; `PipelineError`; errors of the model's port; `CancellationError`.
    public func perform(
        started: @Sendable (_ step: String) -> Void,
        finished: @Sendable (_ artifact: Artifact) -> Void
    ) async throws -> [Artifact] {
        let steps = try plan()
        let folder = store.folder(pipeline: definition.name, run: run)
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
        let parameters: Kind.Parameters = try typed(step, kind)
        var inputs: [String: FilePath] = [:]
        var digests: [String: String] = [:]
        var parents = before
        if Kind.cache == .never {
            // It may look at all of them, so an answer to what they were before is none to what they are now.
            for artifact in before { digests[artifact.manifest.step] = artifact.manifest.content_sha256 }
        } else {
            parents = []
            for name in Kind.inputs {
                guard let artifact = before.last(where: { $0.manifest.files[name] != nil }) else { continue }
                inputs[name] = artifact.folder.appending(name)
                digests[name] = artifact.manifest.files[name]?.sha256
                if !parents.contains(where: { $0.manifest.step == artifact.manifest.step }) { parents.append(artifact) }
            }
        }
        let material = Dictionary(
            uniqueKeysWithValues: Kind.material.map { ($0.rawValue, SHA256.hex(of: self.material.bytes(of: $0))) })
        let key = try StepKey(
            kind: Kind.kind, semantics: Kind.semantics, parameters: json(parameters), inputs: digests,
            material: material, model: model
        ).digest()

        let target = folder.appending(step.id)
        if let found = try Artifact.open(target, files) {
            if found.manifest.step_key == key { return found }
            // The same run entered again after something upstream changed: the old data stays, under another name.
            try files.move(target, to: folder.appending(files.freeName(".\(step.id).replaced", in: folder)))
        }
        let partial = folder.appending(".\(step.id).partial")
        try files.removeTree(partial)
        try files.makeDirectories(partial)
        if Kind.cache == .content, let cached = try store.find(key: key) {
            return try cached.link(as: target, partial: partial, run: run, files)
        }
        let context = StepContext(
            run: run, step: step.id, key: key, expectedCalls: Kind.calls(parameters), output: partial,
            artifacts: Kind.cache == .never ? before : [], inputs: inputs,
            model: model, material: self.material, files: files, port: self.model,
            desk: desk)
        let facts = try await Kind.run(parameters, context)
        let data = try Artifact.dataFiles(in: partial, files)
        let manifest = ArtifactManifest(
            pipeline: definition.name, run: run, step: step.id, kind: Kind.kind, semantics: Kind.semantics,
            step_key: key,
            content_sha256: ArtifactManifest.contentDigest(data), parameters: try json(parameters), files: data,
            parents: parents.map {
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

    /// The step's own parameters out of everything that is set.
    private func typed<Kind: Step>(_ step: PipelineDefinition.Step, _ kind: Kind.Type) throws -> Kind.Parameters {
        let all = definition.parameters(for: step, profile: profile, task: parameters)
        let own = all.filter { Kind.Parameters.names.contains($0.key) }
        do {
            return try CanonicalJSON.decode(Kind.Parameters.self, from: CanonicalJSON.encode(own))
        } catch DecodingError.keyNotFound(let key, _) {
            throw PipelineError(
                .invalidParameter,
                "the step '\(step.id)' needs the parameter '\(key.stringValue)', which neither the pipeline "
                    + "'\(definition.name)' with its profile '\(profile)' nor the task sets")
        } catch DecodingError.typeMismatch(let type, let context) {
            let name = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw PipelineError(.invalidParameter, "with: '\(name)' must be a \(type)")
        } catch DecodingError.dataCorrupted(let context), DecodingError.valueNotFound(_, let context) {
            let name = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw PipelineError(.invalidParameter, "with: '\(name)': \(context.debugDescription)")
        }
    }

    private func json(_ value: some Encodable) throws -> JSONValue {
        try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(value))
    }
}
