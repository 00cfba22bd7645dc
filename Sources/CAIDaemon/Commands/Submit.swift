// Owns putting a task into a queue's `pending/` in one step, so that no half-written file is ever seen there: a file, standard
// input, or a task made from a box of the roadmap.
// Never runs it and never replaces a file.

import ArgumentParser
import CAISystem
import CAIWorkflow
import SystemPackage

struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a task file into a queue, or make one from a box of ROADMAP.md.",
        discussion: """
            Examples:
              caid submit 20261121_P0_baseline.md
              caid submit notes.md --queue gpu --name 20261121_P1_rerun.md
              printf -- '---\\npipeline: m0\\n---\\n# Task: M0\\n' | caid submit - --name 20261121_P1_m0.md
              caid submit --from-roadmap "Baseline Assessment / Run full evaluation" --queue claude_code
            """)

    @Argument(help: "The task file, or - for standard input.")
    var file: String?
    @Option(help: "Instead of a file: the box of ROADMAP.md to make the task from, as \"heading / item\".")
    var fromRoadmap: String?
    @Option(help: "The queue (default: gpu for a task that names a pipeline, else the first agent queue).")
    var queue: String?
    @Option(help: "The name in pending/ (default: the file's own, or one with the time).")
    var name: String?
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let files = RealFiles()
            let given = try given(workspace, files)
            let bytes = given.bytes
            guard let name = name ?? given.name else {
                throw UsageError("standard input has no name: say --name 20261121_P1_words.md")
            }
            guard TaskName(name).isClaimable, !name.contains("/") else {
                throw UsageError(
                    "'\(name)' is no name for a task: begin with a letter or digit and end in .md; say --name")
            }
            let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: given.shown)
            if !problems.isEmpty { throw UsageError(problems.map(\.description).joined(separator: "\n")) }
            let queue = try queue ?? Self.defaultQueue(document, config)
            guard !queue.isEmpty, !queue.hasPrefix("."), !queue.contains("/") else {
                throw UsageError("--queue: '\(queue)' is no queue's name")
            }
            let folder = workspace.folder(queue: queue, .pending)
            try files.makeDirectories(folder)
            do { try files.writeNew(folder.appending(name), bytes: bytes) } catch Errno.fileExists {
                throw UsageError("\(workspace.display(folder.appending(name))) is there already; say another --name")
            }
            print("\(workspace.display(folder.appending(name))): \(document.priority), \(document.title)")
            if FileLock.holder(of: workspace.lock) == nil { print("no daemon is running here: `caid run` starts it") }
        }
    }

    /// The task as it was given: its contents, its own name if it has one, and how messages call it.
    private func given(_ workspace: Workspace, _ files: RealFiles) throws -> (
        name: String?, bytes: [UInt8], shown: String
    ) {
        switch (file, fromRoadmap) {
        case ("-", nil): return (nil, try Self.standardInput(), "-")
        case (let file?, nil):
            do { return (FilePath(file).lastComponent?.string, try files.read(absolute(file)), file) } catch let error
                as Errno
            { throw UsageError("\(file): cannot be read: \(error)") }
        case (nil, let reference?): return try fromRoadmap(reference, workspace, files)
        default:
            throw UsageError("say a FILE (- for standard input) or --from-roadmap \"heading / item\", one of the two")
        }
    }

    private func fromRoadmap(
        _ reference: String, _ workspace: Workspace, _ files: RealFiles
    ) throws -> (name: String?, bytes: [UInt8], shown: String) {
        guard try files.status(workspace.roadmap)?.kind == .regular else {
            throw UsageError("--from-roadmap: there is no file \(workspace.display(workspace.roadmap))")
        }
        do {
            let task = try RoadmapTask.make(
                for: reference, in: files.read(workspace.roadmap), at: SystemWallClock().now())
            return (task.name, task.bytes, task.name)
        } catch let problem as RoadmapProblem { throw UsageError("--from-roadmap: \(PlainText.line(problem.message))") }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = try buffer.withUnsafeMutableBytes({ try FileDescriptor.standardInput.read(into: $0) }),
            count > 0
        {
            bytes += buffer[..<count]
        }
        return bytes
    }

    private static func defaultQueue(_ document: TaskDocument, _ config: Config) throws -> String {
        let wanted: ConfigFile.ExecutorKind = document.frontMatter.pipeline == nil ? .agent : .pipeline
        guard let queue = config.queues.filter({ $0.value.executor == wanted }).keys.sorted().first else {
            throw UsageError("cai.yaml has no \(wanted.rawValue) queue; say --queue")
        }
        return queue
    }
}
