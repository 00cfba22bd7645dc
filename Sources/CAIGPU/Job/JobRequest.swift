// Owns what is asked of a job: kind, arguments, inputs. docs/jobs.md is its page.
// Never knows what the arguments mean; the worker checks them.

import CAISystem
import SystemPackage

/// A file that a job reads, by its name below `inputs/`.
public struct JobInput: Sendable {
    public var name: String
    public var source: FilePath

    public init(name: String, source: FilePath) {
        (self.name, self.source) = (name, source)
    }
}

/// One unit of work. The same id asked for again attaches to, adopts or resumes the same job.
public struct JobRequest: Sendable {
    public var id: String
    /// `generate`, `score`, `train`, `preflight`.
    public var kind: String
    public var arguments: JSONValue
    public var inputs: [JobInput]
    /// Seconds between two checkpoints.
    public var checkpointEvery: Double
    /// Whose account the time goes to: the run, and its step.
    public var task: String
    public var step: String

    public init(
        id: String, kind: String, arguments: JSONValue, inputs: [JobInput], checkpointEvery: Double, task: String,
        step: String
    ) {
        (self.id, self.kind, self.arguments, self.inputs) = (id, kind, arguments, inputs)
        (self.checkpointEvery, self.task, self.step) = (checkpointEvery, task, step)
    }
}

/// `job.json` as it is written.
struct JobFile: Codable {
    struct Input: Codable {
        var sha256: String
        var bytes: Int64
    }
    var version = 1
    var id: String
    var kind: String
    var arguments: JSONValue
    var inputs: [String: Input]
    var checkpoint_every_s: Double
}

/// `manifest.json` of a checkpoint or of the outputs.
public struct JobManifest: Codable, Sendable {
    public struct File: Codable, Sendable {
        public var sha256: String
        public var bytes: Int64
    }
    public var version: Int
    public var job: String
    public var files: [String: File]
    /// What the job's kind knows about its result.
    public var facts: JSONValue
}
