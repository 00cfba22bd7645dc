// Owns looking at this machine: Python and its environment, libraries, disk, inotify, git.
// Never makes or installs anything.

import CAIGPU
import CAISystem
import Glibc
import Subprocess
import SystemPackage

/// Checks of this machine.
struct MachineChecks: Sendable {
    /// Where the daemon works, or would.
    let folder: FilePath
    let environment: [String: String]
    /// Where the worker's interpreter is, or will be; throws where caid's own files are not found.
    let interpreter: @Sendable () throws -> FilePath
    private let files = RealFiles()

    static let leastPython = [3, 11]

    init(
        folder: FilePath, environment: [String: String], interpreter: @escaping @Sendable () throws -> FilePath
    ) {
        (self.folder, self.environment, self.interpreter) = (folder, environment, interpreter)
    }

    func python() async -> Diagnosis {
        await Diagnosis.of("python", remedy: "install Python 3.11 or later with venv and pip") {
            let said = try await output(of: "python3", "--version")
            return Self.python(said, "python", "install Python 3.11 or later with venv and pip")
        }
    }

    func environmentOfJobs() async -> Diagnosis {
        await Diagnosis.of("environment") {
            let path = try interpreter()
            guard access(path.string, X_OK) == 0 else {
                return .warn(
                    "environment", "the Python environment that jobs here run in is not there yet: \(path)",
                    "`caid run` makes it when it is needed; `make deps` makes it now")
            }
            return .ok("environment", "\(path)")
        }
    }

    /// Python's answer to `--version`.
    static func python(_ said: String?, _ name: String, _ remedy: String) -> Diagnosis {
        guard let said, let version = said.split(separator: " ").last, said.hasPrefix("Python ") else {
            return .bad(name, "there is no python3\(said.map { ": \($0)" } ?? "")", remedy)
        }
        let numbers = version.split(separator: ".").compactMap { Int($0.prefix(while: \.isNumber)) }
        guard !numbers.lexicographicallyPrecedes(leastPython) else {
            return .bad(name, "\(said) is too old for the worker, which needs 3.11", remedy)
        }
        return .ok(name, said)
    }

    func libraries() -> Diagnosis {
        let versions = "libssh2 \(SSHProbe.libraryVersion), \(HTTPProbe.libraryVersion)"
        return .ok(
            "libraries",
            SSHProbe.knowsModernRSA
                ? "\(versions); keys and host keys are ed25519 or ecdsa"
                : "\(versions); this libssh2 cannot use RSA keys with today's servers (1.11 can): ed25519 and ecdsa work"
        )
    }

    func disk() -> Diagnosis {
        var facts = statvfs()
        guard statvfs(folder.string, &facts) == 0 else {
            return .bad("disk", "\(folder) cannot be looked at: \(Errno(rawValue: errno))")
        }
        return Self.disk("disk", free: Double(facts.f_bavail) * Double(facts.f_frsize), place: folder.string)
    }

    /// - Parameter free: bytes.
    static func disk(_ name: String, free: Double, place: String) -> Diagnosis {
        let gib = free / 1_073_741_824
        let words = "\(place): \((gib * 10).rounded() / 10) GiB free"
        let remedy = "make room there: a model takes tens of GiB, a checkpoint a few"
        return gib < 1 ? .bad(name, words, remedy) : gib < 10 ? .warn(name, words, remedy) : .ok(name, words)
    }

    func inotify() -> Diagnosis {
        let limits = ["max_user_instances", "max_user_watches"].map { name -> Int? in
            let text = try? files.read(FilePath("/proc/sys/fs/inotify").appending(name), limit: 64)
            return text.flatMap { Int(String(decoding: $0, as: UTF8.self).prefix(while: \.isNumber)) }
        }
        let words = "instances \(limits[0].map(String.init) ?? "?"), watches \(limits[1].map(String.init) ?? "?")"
        guard (try? DirectoryHints()) != nil else {
            return .warn(
                "inotify", "no instance is free (\(words)): new files are found by looking now and then",
                "raise fs.inotify.max_user_instances with sysctl")
        }
        guard (limits[0] ?? .max) >= 64, (limits[1] ?? .max) >= 8192 else {
            return .warn(
                "inotify", "the limits are low: \(words)",
                "raise fs.inotify.max_user_instances and max_user_watches with sysctl")
        }
        return .ok("inotify", words)
    }

    func git() async -> Diagnosis {
        await Diagnosis.of("git", remedy: "install git") {
            guard let version = try await output(of: "git", "--version") else {
                return .warn("git", "there is no git: artifacts do not say which commit made them", "install git")
            }
            guard try await output(of: "git", "-C", folder.string, "rev-parse", "--verify", "HEAD") != nil else {
                return .warn(
                    "git", "\(version); \(folder) has no commit: artifacts do not say which one made them",
                    "`git init`, and commit the workspace")
            }
            return .ok("git", version)
        }
    }

    /// The first line of what a program says; nil where it is missing or fails.
    private func output(of program: String, _ arguments: String...) async throws -> String? {
        let path = Environment.custom([
            "PATH": environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "HOME": environment["HOME"] ?? "/",
            "LC_ALL": "C",
        ])
        let result = try? await Subprocess.run(
            .name(program), arguments: Arguments(arguments), environment: path, input: .none,
            output: .string(limit: 1 << 16), error: .discarded)
        try Task.checkCancellation()
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput.split(separator: "\n").first.map(String.init) ?? ""
    }
}
