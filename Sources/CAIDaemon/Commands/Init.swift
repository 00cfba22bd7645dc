// Owns making a workspace: folders, a commented cai.yaml, a constitution, an empty roadmap.
// Never overwrites anything.

import ArgumentParser
import CAISystem
import CAIWorkflow
import Glibc
import SystemPackage

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a workspace; what is there already is left as it is.",
        discussion: """
            Examples:
              caid init
              caid init ~/cai
            """)

    @Argument(help: "The folder (default: --root, else this one).")
    var folder: String?
    @Option(name: .long, help: "The same as DIR, as on every other command.")
    var root: String?

    func run() async throws {
        try await reporting {
            let files = RealFiles()
            let share = try Share.find(environment: environmentVariables(), files: files)
            let workspace = Workspace(root: try absolute(folder ?? root ?? "."))
            try files.makeDirectories(workspace.root)
            var made: [String] = []
            for path in Self.folders(workspace) where try files.status(path) == nil {
                try files.makeDirectories(path)
                made.append(workspace.display(path) + "/")
            }
            let texts: [(FilePath, [UInt8])] = [
                (workspace.configuration, try files.read(share.configuration)),
                (workspace.constitution, try files.read(share.constitution)),
                (workspace.roadmap, Array(Self.roadmap.utf8)),
            ]
            for (path, bytes) in texts {
                do {
                    try files.writeNew(path, bytes: bytes)
                    made.append(workspace.display(path))
                } catch Errno.fileExists { continue }
            }
            for item in made { print("made \(item)") }
            print(
                made.isEmpty
                    ? "\(workspace.root) is a workspace already; nothing was changed"
                    : "\(workspace.root) is a workspace now")
            print(
                "next: `caid submit TASK.md --root \(workspace.root)`, then `caid run --drain --root \(workspace.root)`"
            )
        }
    }

    private static func folders(_ workspace: Workspace) -> [FilePath] {
        let config = Config()
        let queues = config.queues.keys.sorted().flatMap { queue in
            [TaskState.pending, .inProgress, .completed, .blocked].map { workspace.folder(queue: queue, $0) }
        }
        let reviews = config.reviewers.keys.sorted().flatMap { reviewer in
            ["pending", "in_progress", "blocked", "done", "responses"].map {
                workspace.reviews.appending(reviewer).appending($0)
            }
        }
        return queues + reviews + [workspace.status, workspace.pipelines]
    }

    private static let roadmap = """
        # Project Roadmap

        Progress markers: ✅ Done | ⏳ In Progress | 📋 Todo

        ---

        ## Milestone 1: First run 📋 TODO

        **Goal**: See the whole way of a task once

        ### Baseline Assessment 📋
        - [ ] Run full evaluation on base model

        ### Training 📋
        - [ ] Train SFT model

        ---

        **Last Updated**: 2000-01-01

        """
}

/// The process's environment.
func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var pointer = environ
    while let entry = pointer.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        pointer += 1
    }
    return variables
}
