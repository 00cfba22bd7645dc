// Owns putting a task into a queue's `pending/` in one step, so that no half-written file is ever seen there.
// Never runs it and never replaces a file.

import ArgumentParser
import CAISystem
import CAIWorkflow
import SystemPackage

struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a task file into a queue.",
        discussion: """
            Examples:
              caid submit 20261121_P0_baseline.md
              caid submit notes.md --queue gpu --name 20261121_P1_rerun.md
              printf -- '---\\npipeline: m0\\n---\\n# Task: M0\\n' | caid submit - --name 20261121_P1_m0.md
            """)

    @Argument(help: "The task file, or - for standard input.")
    var file: String
    @Option(help: "The queue (default: gpu for a task that names a pipeline, else the first agent queue).")
    var queue: String?
    @Option(help: "The name in pending/ (default: the file's own).")
    var name: String?
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let files = RealFiles()
            let bytes = try file == "-" ? Self.standardInput() : contents(files)
            guard let name = name ?? (file == "-" ? nil : FilePath(file).lastComponent?.string) else {
                throw UsageError("standard input has no name: say --name 20261121_P1_words.md")
            }
            guard TaskName(name).isClaimable, !name.contains("/") else {
                throw UsageError(
                    "'\(name)' is no name for a task: begin with a letter or digit and end in .md; say --name")
            }
            let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: file)
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

    private func contents(_ files: RealFiles) throws -> [UInt8] {
        do { return try files.read(absolute(file)) } catch let error as Errno {
            throw UsageError("\(file): cannot be read: \(error)")
        }
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
