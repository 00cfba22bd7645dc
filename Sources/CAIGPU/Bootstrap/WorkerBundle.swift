// Owns the worker as it is sent to a machine: its files, where they lie there, and the commands that run it.
// Never reads a file; whoever composes the daemon does.

import CAISystem
import SystemPackage

/// The files of the worker as they are sent.
public struct WorkerBundle: Sendable {
    /// Text by relative path: `caid_worker/…`, `bootstrap.py`, the locks.
    public let files: [String: String]
    /// Reads them on the other side: a Python program that takes a folder, and one JSON object on its standard input.
    public let unpacker: String
    /// Which environment the worker needs: the hash of the locks.
    public let environment: String
    private let digest: String

    public init(files: [String: String], unpacker: String, environment: String) {
        (self.files, self.unpacker, self.environment) = (files, unpacker, environment)
        let text = files.sorted { $0.key < $1.key }.map { "\($0.key)\n\(SHA256.hex(of: $0.value))\n" }.joined()
        digest = String(SHA256.hex(of: text).prefix(12))
    }

    /// The worker's folder on a pod; another version of it has another one.
    public func folder(in workdir: FilePath) -> FilePath { workdir.appending("worker-\(digest)") }

    /// The command that runs the worker on a pod, without its verb. Models are kept in the working folder, on the pod's volume.
    public func command(in workdir: FilePath) -> [String] {
        [
            "/usr/bin/env", "PYTHONPATH=\(folder(in: workdir))", "PYTHONUNBUFFERED=1", "OMP_WAIT_POLICY=PASSIVE",
            "CAID_MODELS=\(workdir.appending("models"))", "\(environmentFolder(in: workdir))/bin/python", "-m",
            "caid_worker",
        ]
    }

    /// The command that runs the transfer agent.
    public func transferCommand(in workdir: FilePath) -> [String] {
        plainPython(in: workdir) + ["-m", "caid_worker.transfer"]
    }

    /// The machine's own Python, with which everything of the worker runs but its jobs: it is there before the environment is.
    func plainPython(in workdir: FilePath) -> [String] {
        ["/usr/bin/env", "PYTHONPATH=\(folder(in: workdir))", "python3"]
    }

    func environmentFolder(in workdir: FilePath) -> FilePath { workdir.appending("env-\(environment)") }
}
