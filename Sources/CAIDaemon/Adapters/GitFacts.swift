// Owns the question which commit the workspace stands at, for provenance.
// Never changes anything in the repository.

import CAISystem
import Subprocess
import SystemPackage

/// Commit and cleanliness of the repository a workspace lies in.
enum GitFacts {
    /// `git_commit` and `git_dirty`; nothing where there is no repository or no git.
    static func read(_ root: FilePath) async -> [String: JSONValue] {
        guard let head = await git(root, "rev-parse", "--verify", "HEAD") else { return [:] }
        var facts: [String: JSONValue] = ["git_commit": .string(head)]
        // Only tracked files: what the daemon itself writes into the workspace does not make the code another one.
        if let changes = await git(root, "status", "--porcelain", "--untracked-files=no") {
            facts["git_dirty"] = .bool(!changes.isEmpty)
        }
        return facts
    }

    private static func git(_ root: FilePath, _ arguments: String...) async -> String? {
        let result = try? await Subprocess.run(
            .name("git"), arguments: Arguments(["-C", root.string] + arguments), input: .none,
            output: .string(limit: 1 << 20), error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput.split(separator: "\n").joined(separator: "\n")
    }
}
