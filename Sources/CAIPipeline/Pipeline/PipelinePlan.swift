// Owns what a run of a pipeline is meant to do, before anything is done: which steps, with which parameters, and each one's key.
// Never runs anything, and never writes.

import CAISystem
import CAIYAML
import SystemPackage

/// A pipeline with everything that determines its results.
public struct PipelinePlan: Sendable {
    public let definition: PipelineDefinition
    /// The task's name; the folder below `artifacts/<pipeline>/`.
    public let run: String
    /// The last step to do, or nil for all.
    public let until: String?
    /// The task's own parameters.
    public let parameters: [String: YAMLValue]
    public let profile: String
    public let store: ArtifactStore
    let material: PipelineMaterial

    public init(
        definition: PipelineDefinition, run: String, until: String?, parameters: [String: YAMLValue], profile: String,
        store: ArtifactStore, material: PipelineMaterial
    ) {
        (self.definition, self.run, self.until, self.parameters) = (definition, run, until, parameters)
        (self.profile, self.store, self.material) = (profile, store, material)
    }

    var folder: FilePath { store.folder(pipeline: definition.name, run: run) }

    /// The steps to do.
    /// - Throws: `PipelineError` where `until` names no step, or a parameter belongs to none, with suggestions.
    public func steps() throws -> [PipelineDefinition.Step] {
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

    /// What one step is determined by.
    struct Demand<Kind: Step> {
        var parameters: Kind.Parameters
        /// The files it reads, by name.
        var inputs: [String: FilePath]
        /// The artifacts it reads them from.
        var parents: [Artifact]
        var key: String
    }

    /// - Parameter before: the artifacts of the steps before it, in order.
    func demand<Kind: Step>(
        of step: PipelineDefinition.Step, _ kind: Kind.Type, before: [Artifact], model: ModelIdentity?
    ) throws -> Demand<Kind> {
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
            kind: Kind.kind, semantics: Kind.semantics, parameters: JSONValue(encoding: parameters), inputs: digests,
            material: material, model: model
        ).digest()
        return Demand(parameters: parameters, inputs: inputs, parents: parents, key: key)
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

}

extension JSONValue {
    init(encoding value: some Encodable) throws {
        self = try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(value))
    }
}
