// Owns the way to the worker's Python environment on this machine: pod/bootstrap.py makes it where it is missing.
// Never installs anything itself, and never lets the worker see more of our environment than it needs.

import CAISystem
import Subprocess
import SystemPackage

/// The private environment that jobs on this machine run in.
struct PythonEnvironment: Sendable {
    let share: Share
    let environment: [String: String]

    /// What a child sees of our environment: no secrets.
    var childEnvironment: [String: String] {
        let names = [
            "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "PIP_CONFIG_FILE", "PIP_FIND_LINKS",
            "PIP_CERT",
        ]
        var kept = environment.filter { names.contains($0.key) }
        kept["PYTHONPATH"] = share.pod.string
        kept["PYTHONUNBUFFERED"] = "1"
        kept["OMP_WAIT_POLICY"] = "PASSIVE"
        return kept
    }

    /// Where the environment's interpreter is, or will be: the same place that bootstrap.py takes.
    func interpreter() throws -> FilePath {
        let cache =
            environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : FilePath($0) }
            ?? FilePath(environment["HOME"] ?? "/").appending(".cache")
        let hash = try WorkerFiles.bundle(share, files: RealFiles()).environment
        return cache.pushing(FilePath("caid/env-\(hash)/bin/python"))
    }

    /// Makes the environment where it is missing; a progress line of the installer comes as it is written.
    /// - Throws: `UsageError` with the installer's last words.
    func make(progress: @escaping @Sendable (String) -> Void) async throws {
        let variables = Dictionary(
            uniqueKeysWithValues: childEnvironment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        let result = try await Subprocess.run(
            .name("python3"), arguments: [share.pod.appending("bootstrap.py").string],
            environment: .custom(variables), input: .none, output: .string(limit: 1 << 16), error: .sequence
        ) { execution in
            var last = ""
            for try await line in execution.standardError.strings() {
                last = line
                progress(last)
            }
            return last
        }
        guard result.terminationStatus.isSuccess else { throw UsageError(result.closureResult) }
    }
}
