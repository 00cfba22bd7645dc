// Owns checking files before they are used: configuration, task headers, pipelines. One line a finding:
// `file:line:column: message`, 1-based, at the offending token.
// Never changes a file. Only errors make it fail; what is merely odd is a note.

import ArgumentParser
import CAIPipeline
import CAISystem
import CAIWorkflow
import CAIYAML
import SystemPackage

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check cai.yaml, task headers and pipelines.",
        discussion: """
            Without a path: cai.yaml, every task in pending/ and every pipeline of the workspace. Exit 2 on errors.

            Examples:
              caid check
              caid check tasks/gpu/pending/20261121_P0_baseline.md pipelines/own.yaml
            """)

    @Argument(help: "Files to check (default: the workspace's).")
    var paths: [String] = []
    @Flag(help: "Findings as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let files = RealFiles()
            let workspace = try? options.workspace()
            var findings: [Finding] = []
            if paths.isEmpty {
                let workspace = try options.workspace()
                findings += try Finding.configuration(workspace.configuration, shown: "cai.yaml", files)
                for path in try Self.checked(workspace, files) {
                    findings += try Finding.file(path, shown: workspace.display(path), workspace, files)
                }
            }
            for path in paths { findings += try Finding.file(absolute(path), shown: path, workspace, files) }
            if json {
                print(String(decoding: try CanonicalJSON.encode(findings, pretty: true), as: UTF8.self), terminator: "")
            } else {
                for finding in findings { print(finding.text) }
                if findings.isEmpty { print("nothing to complain about") }
            }
            if findings.contains(where: { $0.severity == .error }) { throw ExitCode(ExitStatus.usage) }
        }
    }

    /// The pending tasks and own pipelines of a workspace.
    private static func checked(_ workspace: Workspace, _ files: RealFiles) throws -> [FilePath] {
        let tasks = try QueueScan(workspace: workspace, files: files).scan().flatMap(\.pending)
            .map { workspace.file(queue: $0.queue, .pending, $0.name) }
        let pipelines = ((try? files.list(workspace.pipelines)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
            .map { workspace.pipelines.appending($0) }
        return tasks + pipelines
    }
}

/// One thing that was found.
struct Finding: Encodable {
    enum Severity: String, Encodable { case error, note }
    var file: String
    var line: Int
    var column: Int
    var severity: Severity
    var message: String

    var text: String { "\(file):\(line):\(column): \(severity == .note ? "note: " : "")\(message)" }

    init(_ error: YAMLError) {
        (file, line, column) = (error.file, error.line, error.column)
        (severity, message) = (.error, error.message)
    }

    init(_ note: TaskNote) {
        (file, line, column) = (note.file, note.line, note.column)
        (severity, message) = (.note, note.message)
    }

    static func configuration(_ path: FilePath, shown: String, _ files: RealFiles) throws -> [Finding] {
        Config.parse(try files.read(path), file: shown).problems.map(Finding.init)
    }

    /// By what the file is: a task, a pipeline, or a configuration.
    static func file(_ path: FilePath, shown: String, _ workspace: Workspace?, _ files: RealFiles) throws -> [Finding] {
        let bytes: [UInt8]
        do { bytes = try files.read(path) } catch let error as Errno {
            throw UsageError("\(shown): cannot be read: \(error)")
        }
        if path.extension == "md" {
            return task(bytes, name: path.lastComponent?.string ?? shown, shown: shown, workspace, files)
        }
        let isPipeline = (try? YAMLNode.parse(bytes, file: shown))?["steps"] != nil
        guard isPipeline || path.removingLastComponent().lastComponent?.string == "pipelines" else {
            return try configuration(path, shown: shown, files)
        }
        do {
            _ = try PipelineDefinition(yaml: bytes, file: shown)
            return []
        } catch let error as YAMLError { return [Finding(error)] }
    }

    private static func task(
        _ bytes: [UInt8], name: String, shown: String, _ workspace: Workspace?, _ files: RealFiles
    ) -> [Finding] {
        let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: shown)
        var findings = problems.map(Finding.init) + document.notes.map(Finding.init)
        if let workspace, let pipeline = document.frontMatter.pipeline, let yaml = document.frontMatter.document,
            let share = try? Share.find(environment: environmentVariables(), files: files)
        {
            let library = PipelineLibrary(workspace: workspace, share: share, files: files)
            if !library.names().contains(pipeline) {
                let unknown = UnknownPipeline(name: pipeline, known: library.names())
                findings.append(Finding(yaml.error(at: (yaml.root["pipeline"] ?? yaml.root).mark, unknown.description)))
            }
        }
        return findings
    }
}
