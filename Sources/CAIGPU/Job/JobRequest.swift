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
    /// A folder of the job's own on the workstation, made and cleared as needed.
    public var staging: FilePath
    /// Seconds between two checkpoints.
    public var checkpointEvery: Double
    /// Whose account the time goes to: the run, and its step.
    public var task: String
    public var step: String

    public init(
        id: String, kind: String, arguments: JSONValue, inputs: [JobInput], staging: FilePath, checkpointEvery: Double,
        task: String, step: String
    ) {
        (self.id, self.kind, self.arguments, self.inputs) = (id, kind, arguments, inputs)
        (self.staging, self.checkpointEvery, self.task, self.step) = (staging, checkpointEvery, task, step)
    }

    /// Whose account its time goes to.
    var use: PodUse { PodUse(task: task, step: step, job: id) }

    /// Gives the inputs their names in the staging folder, as a transfer takes them.
    func stage() throws(GPUError) -> [TransferFile] {
        let files = RealFiles()
        var staged: [TransferFile] = []
        for input in inputs {
            guard let relative = FilePath(input.name).safeRelative else {
                throw GPUError(.corrupt, "an input's name leads outside its folder: \(input.name)")
            }
            let path = staging.appending(relative.components)
            do {
                if path != input.source {
                    try files.makeDirectories(path.removingLastComponent())
                    if try files.status(path) != nil { try files.remove(path) }
                    do { try files.link(input.source, to: path) } catch Errno.improperLink {
                        try files.copy(input.source, to: path)
                    }
                }
                let size = try files.status(path)?.size ?? 0
                staged.append(TransferFile(name: input.name, bytes: size, sha256: try SHA256.hex(ofFile: path)))
            } catch { throw GPUError(.corrupt, "cannot read the input \(input.source)", cause: "\(error)") }
        }
        return staged
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
