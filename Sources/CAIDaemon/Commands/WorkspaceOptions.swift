// Owns finding the workspace a command works on: `--root DIR`, else the nearest folder upwards with cai.yaml.
// Never makes one.

import ArgumentParser
import CAISystem
import CAIWorkflow
import Glibc
import SystemPackage

/// `--root`, on every command.
struct WorkspaceOptions: ParsableArguments {
    @Option(name: .long, help: "The workspace (default: the nearest folder upwards with cai.yaml).")
    var root: String?

    func workspace() throws -> Workspace {
        if let root {
            let path = try absolute(root)
            guard try RealFiles().status(path)?.kind == .directory else {
                throw UsageError("--root: \(root) is no folder; `caid init \(root)` makes a workspace")
            }
            return Workspace(root: path)
        }
        var folder = try absolute(".")
        while true {
            if try RealFiles().status(folder.appending("cai.yaml")) != nil { return Workspace(root: folder) }
            let parent = folder.removingLastComponent()
            if parent == folder || folder.components.isEmpty { break }
            folder = parent
        }
        throw UsageError("no cai.yaml here or in a folder above; `caid init` makes a workspace, `--root DIR` names one")
    }

    /// The configuration.
    /// - Throws: `UsageError` with every problem on its own line.
    func config(_ workspace: Workspace) throws -> Config {
        let (config, problems) = try Config.load(workspace, RealFiles())
        guard let config else { throw UsageError(problems.map(\.description).joined(separator: "\n")) }
        return config
    }
}

/// A path from the command line, absolute, links in it resolved where it exists.
func absolute(_ text: String) throws -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    if realpath(text, &buffer) != nil {
        return FilePath(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    let path = FilePath(text)
    if path.isAbsolute { return path.lexicallyNormalized() }
    guard getcwd(&buffer, buffer.count) != nil else { throw Errno(rawValue: errno) }
    let here = FilePath(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    return here.pushing(path).lexicallyNormalized()
}

/// Runs a command's body and turns what it throws into one message and an exit code.
func reporting(_ body: () async throws -> Void) async throws {
    do { try await body() } catch let error as ExitCode { throw error } catch let error as UsageError {
        complain(error.description)
        throw ExitCode(ExitStatus.usage)
    } catch {
        complain("caid: \(error)")
        throw ExitCode(ExitStatus.failed)
    }
}

/// A line on standard error.
func complain(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = try? FileDescriptor.standardError.writeAll(bytes)
}
