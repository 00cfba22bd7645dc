// Owns turning a script's plan into a job of the pod: its files linked aside, so that what is hashed is what is sent, and an id that
// follows from all that determines the work.
// Never changes a file of the workspace.

import CAIGPU
import CAISystem
import CAIWorkflow
import SystemPackage

/// A script with the digests of all that goes to the pod.
struct ScriptJob: Sendable {
    struct File: Codable, Sendable, Equatable {
        var sha256: String
        var bytes: Int64
    }
    /// What makes two runs of a script the same.
    private struct Key: Encodable {
        var version = 1
        var run: String
        var command: [String]
        var inputs: [String: File]
        var outputs: [String]
        var keep: [String]
        var env: [String: String]
    }
    /// The name of the one step that a script is, in the account and among the checkpoints.
    static let step = "script"

    let id: String
    let command: [String]
    let inputs: [String: File]
    private let header: FrontMatter
    private let staging: FilePath

    /// Links the plan's files into `staging` and hashes them there: who saves a file anew meanwhile changes the next job.
    /// - Throws: `CancellationError`; `UsageError` naming the file that cannot be read.
    init(_ plan: ScriptPlan, _ header: FrontMatter, run: String, workspace: Workspace, staging: FilePath) throws {
        let files = RealFiles()
        try files.removeTree(staging)
        try files.makeDirectories(staging)
        var inputs: [String: File] = [:]
        for name in plan.files {
            try Task.checkCancellation()
            let (source, target) = (workspace.root.pushing(FilePath(name)), staging.pushing(FilePath(name)))
            do {
                try files.makeDirectories(target.removingLastComponent())
                // Another disk, or another owner's file.
                do { try files.link(source, to: target) } catch is Errno { try files.copy(source, to: target) }
                guard let status = try files.status(target), status.kind == .regular else {
                    throw Errno.invalidArgument
                }
                inputs[name] = File(sha256: try SHA256.hex(ofFile: target), bytes: status.size)
            } catch let error as Errno { throw UsageError("\(name) cannot be read: \(error)") }
        }
        let key = Key(
            run: run, command: plan.command, inputs: inputs, outputs: header.outputs, keep: header.keep, env: header.env
        )
        id = String(SHA256.hex(of: try CanonicalJSON.encode(key)).prefix(32))
        (command, self.inputs, self.header, self.staging) = (plan.command, inputs, header, staging)
    }

    func request(run: String, checkpointEvery: Double) throws -> JobRequest {
        struct Arguments: Encodable {
            var command: [String]
            var outputs: [String]
            var keep: [String]
            var env: [String: String]
        }
        let arguments = Arguments(command: command, outputs: header.outputs, keep: header.keep, env: header.env)
        return JobRequest(
            id: id, kind: "script",
            arguments: try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(arguments)),
            inputs: inputs.keys.sorted().map { JobInput(name: $0, source: staging.pushing(FilePath($0))) },
            staging: staging, checkpointEvery: checkpointEvery, task: run, step: Self.step)
    }
}
