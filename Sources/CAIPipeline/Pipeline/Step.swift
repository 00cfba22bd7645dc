// Owns what a kind of step is: typed parameters, a version of its meaning, a cache policy, and one verb.
// Never runs itself; PipelineRun calls it with everything it may use.

import CAISystem
import SystemPackage

/// Whether an artifact with the same key may stand for a new run.
public enum CachePolicy: Sendable {
    /// Same key, same data: a finished artifact is linked into the new run.
    case content
    /// The step looks at something that its key does not determine (a machine, a clock).
    case never
}

/// What a step says about its run, beside its data.
public struct StepFacts: Sendable {
    /// Goes into the manifest, not into the data.
    public var provenance: [String: JSONValue]
    /// One line for people: what came out.
    public var headline: String

    public init(headline: String, provenance: [String: JSONValue] = [:]) {
        (self.headline, self.provenance) = (headline, provenance)
    }
}

/// One kind of step.
public protocol Step: Sendable {
    associatedtype Parameters: StepParameters
    /// The name in pipeline files.
    static var kind: String { get }
    /// Raised by hand when the same inputs would give other data; part of the key.
    static var semantics: Int { get }
    static var cache: CachePolicy { get }
    /// The files of earlier artifacts that it reads; their digests are part of the key. Nothing else can be read.
    static var inputs: [String] { get }
    /// The texts that it reads; their digests are part of the key.
    static var material: Set<PipelineMaterial.Part> { get }
    /// How many model calls it makes, for progress.
    static func calls(_ parameters: Parameters) -> Int
    /// Does the work and leaves its data in `context.output`. Re-entered from the top after an interruption: model
    /// calls that were done are found done.
    /// - Throws: `GateClosed` where the pipeline must not go on; any other error fails the task.
    static func run(_ parameters: Parameters, _ context: StepContext) async throws -> StepFacts
}

/// Parameters of a step: what its key holds. Every one must be given; the pipeline file has the defaults.
public protocol StepParameters: Codable, Sendable {
    static var names: [String] { get }
}

/// A step without parameters.
public struct NoParameters: StepParameters {
    public static let names: [String] = []
}

/// A gate that stays shut: the pipeline stops here, and nothing is wrong with the machine.
public struct GateClosed: Error, Sendable, CustomStringConvertible {
    /// The measured figures.
    public var reason: String
    /// What would open it.
    public var unblock: String

    public init(reason: String, unblock: String) { (self.reason, self.unblock) = (reason, unblock) }

    public var description: String { "\(reason); \(unblock)" }
}

extension Step {
    public static func calls(_ parameters: Parameters) -> Int { 1 }
    public static var inputs: [String] { [] }
    public static var material: Set<PipelineMaterial.Part> { [] }
    static var parameterNames: [String] { Parameters.names }
}
