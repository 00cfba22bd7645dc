// Owns what a pipeline is: a name, parameters with profiles, and steps in order, read from YAML.
// Never runs anything; what a step's kind means stands in Steps/.

import CAIYAML

/// A pipeline as its YAML file describes it.
public struct PipelineDefinition: Sendable, Decodable {
    public struct Step: Sendable, Decodable {
        /// The artifact's folder; unique in the pipeline.
        public var id: String
        /// What kind of step; one of `StepRegistry`'s.
        public var kind: String
        /// Parameters for this step alone.
        public var with: [String: YAMLValue]?
        /// About how many seconds it takes with the `tiny` profile on two cores: only for progress and time left.
        public var about_s: Double?
    }
    public var name: String
    /// One line for lists.
    public var title: String
    /// Parameters every step may read; a profile's and a task's `with` go over them.
    public var parameters: [String: YAMLValue]?
    /// Parameters by the size of the model.
    public var profiles: [String: [String: YAMLValue]]?
    public var steps: [Step]

    /// Reads and checks a pipeline.
    /// - Throws: `YAMLError` with file, line and column.
    public init(yaml bytes: [UInt8], file: String) throws {
        let document = try YAMLDocument.parse(bytes, file: file)
        self = try YAMLDecoder(strict: true).decode(Self.self, from: document)
        var seen: Set<String> = []
        for (index, step) in steps.enumerated() {
            let node = document.root["steps"]?[index] ?? document.root
            if StepRegistry.kind(step.kind) == nil {
                throw document.error(
                    at: (node["kind"] ?? node).mark,
                    "no step of kind '\(step.kind)'; there are \(StepRegistry.names.joined(separator: ", "))")
            }
            if !seen.insert(step.id).inserted {
                throw document.error(at: (node["id"] ?? node).mark, "a second step with the id '\(step.id)'")
            }
        }
    }

    /// The parameters for one step: the pipeline's, the profile's over them, the step's over those, the task's last.
    public func parameters(for step: Step, profile: String, task: [String: YAMLValue]) -> [String: YAMLValue] {
        var merged = parameters ?? [:]
        for layer in [profiles?[profile], step.with, task] { merged = Self.merge(merged, layer ?? [:]) }
        return merged
    }

    /// Mappings are merged key by key, so that a task can set one hyper-parameter; everything else is replaced.
    private static func merge(_ base: [String: YAMLValue], _ over: [String: YAMLValue]) -> [String: YAMLValue] {
        base.merging(over) { old, new in
            guard case .object(let old) = old, case .object(let new) = new else { return new }
            return .object(merge(old, new))
        }
    }

    /// The names a task may set: those of every kind of step in this pipeline.
    public var parameterNames: Set<String> {
        Set(steps.compactMap { StepRegistry.kind($0.kind) }.flatMap { $0.parameterNames })
    }
}
