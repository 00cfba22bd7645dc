// Owns where the RunPod key is looked for: a systemd credential, the environment, `~/.config/caid/runpod.env`, `.env.runpod` of the
// workspace.
// Never writes it anywhere, and never takes it from a file that others can read.

import CAIGPU
import CAISystem
import CAIWorkflow
import SystemPackage

/// The secrets of a workspace.
struct Secrets: Sendable {
    static let variable = "RUNPOD_API_KEY"
    let workspace: Workspace
    let environment: [String: String]
    let files: any FileOperations

    /// The key of the account at RunPod.
    /// - Parameter warn: told what is dangerous about where it was found.
    /// - Throws: `UsageError` where there is none, or it lies open.
    func runPodKey(agentsAtWork: Bool, warn: (String) -> Void) throws -> APIKey {
        if let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty {
            for name in [Self.variable, Self.variable.lowercased()] {
                let path = FilePath(folder).appending(name)
                guard let bytes = try? files.read(path, limit: 1 << 16) else { continue }
                return try key(String(decoding: bytes, as: UTF8.self), source: "the systemd credential \(name)")
            }
        }
        if let set = environment[Self.variable], !set.isEmpty { return try key(set, source: Self.variable) }
        let own = home.appending(".config").appending("caid").appending("runpod.env")
        if let key = try key(in: own) { return key }
        let shared = workspace.root.appending(".env.runpod")
        if let key = try key(in: shared) {
            if agentsAtWork {
                warn("\(shared) can be read by the agents that work in this folder; move it to \(own)")
            }
            return key
        }
        throw UsageError(
            "there is no API key for RunPod. Make one in the console under Settings, API Keys, and put the line "
                + "\(Self.variable)=… into \(own) (then `chmod 600 \(own)`)")
    }

    /// `$HOME` decides every home path.
    var home: FilePath { FilePath(environment["HOME"] ?? "/") }

    /// A path of the configuration, with `~/` for our home.
    func path(_ text: String) -> FilePath {
        if text.hasPrefix("~/") { return home.pushing(FilePath(String(text.dropFirst(2)))) }
        let path = FilePath(text)
        return path.isAbsolute ? path : workspace.root.pushing(path).lexicallyNormalized()
    }

    private func key(in file: FilePath) throws -> APIKey? {
        guard let status = try? files.status(file) else { return nil }
        guard status.kind == .regular else { throw UsageError("\(file) is no regular file; links are not followed") }
        guard status.mode & 0o077 == 0 else {
            throw UsageError("\(file) can be read by others, so the key in it is no secret: `chmod 600 \(file)`")
        }
        let text = String(decoding: try files.read(file, limit: 1 << 16), as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            var words = line.drop(while: \.isWhitespace)
            if words.hasPrefix("export ") { words = words.dropFirst("export ".count) }
            guard words.hasPrefix(Self.variable + "=") else { continue }
            let value = words.dropFirst(Self.variable.count + 1)
            return try key(String(value).filter { $0 != "\"" && $0 != "'" }, source: file.string)
        }
        throw UsageError("\(file) has no line \(Self.variable)=…")
    }

    private func key(_ text: String, source: String) throws -> APIKey {
        let key = text.filter { !$0.isWhitespace }
        guard !key.isEmpty, key.allSatisfy({ $0.isASCII }) else {
            throw UsageError("the API key in \(source) is empty or no key; put a new one there")
        }
        return APIKey(key, source: source)
    }
}
