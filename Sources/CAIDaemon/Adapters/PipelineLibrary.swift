// Owns finding pipelines by name: a workspace's own file goes before a built-in one of that name.
// Never runs one.

import CAIPipeline
import CAISystem
import CAIWorkflow
import SystemPackage

/// The pipelines a workspace can run.
struct PipelineLibrary: Sendable {
    let workspace: Workspace
    let share: Share
    let files: any FileOperations

    /// All names, own and built-in, sorted.
    func names() -> [String] {
        var names: Set<String> = []
        for folder in [workspace.pipelines, share.pipelines] {
            let found = (try? files.list(folder)) ?? []
            names.formUnion(found.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) })
        }
        return names.sorted()
    }

    /// - Throws: `UnknownPipeline` with the names there are; `YAMLError` where its file is wrong.
    func pipeline(named name: String) throws -> PipelineDefinition {
        for folder in [workspace.pipelines, share.pipelines] {
            let path = folder.appending(name + ".yaml")
            if try files.status(path)?.kind == .regular {
                return try PipelineDefinition(yaml: files.read(path), file: workspace.display(path))
            }
        }
        throw UnknownPipeline(name: name, known: names())
    }
}

/// No pipeline of that name.
struct UnknownPipeline: Error, CustomStringConvertible {
    var name: String
    var known: [String]

    var description: String { "there is no pipeline '\(name)'; there are: \(known.joined(separator: ", "))" }
}
