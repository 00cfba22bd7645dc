// Owns checking one file by what it is: a task, a review request, a pipeline, a configuration, the roadmap.
// Never changes it.

import CAIPipeline
import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials
import SystemPackage

/// Checks files.
struct FileCheck {
    /// Nil for files outside of any.
    let workspace: Workspace?
    let files = RealFiles()

    /// - Parameter shown: how the findings name the file.
    func findings(_ path: FilePath, shown: String) throws -> [CheckFinding] {
        let bytes: [UInt8]
        do { bytes = try files.read(path) } catch let error as Errno {
            throw UsageError("\(shown): cannot be read: \(error)")
        }
        let folder = path.removingLastComponent()
        if path.extension == "md" {
            if path.lastComponent?.string == "ROADMAP.md" { return roadmap(bytes, shown: shown, references: []) }
            return markdown(bytes, name: path.lastComponent?.string ?? shown, shown: shown, in: folder)
        }
        let isPipeline = (try? YAMLNode.parse(bytes, file: shown))?["steps"] != nil
        guard isPipeline || folder.lastComponent?.string == "pipelines" else {
            return Config.parse(bytes, file: shown).problems.map(CheckFinding.init)
        }
        do {
            _ = try PipelineDefinition(yaml: bytes, file: shown)
            return []
        } catch let error as YAMLError { return [CheckFinding(error)] }
    }

    func roadmap(_ bytes: [UInt8], shown: String, references: [String]) -> [CheckFinding] {
        let overview = RoadmapOverview(of: .parse(bytes), references: references, today: Date().localDay)
        return overview.problems.map { CheckFinding(note: $0.message, file: shown, line: $0.line ?? 1) }
    }

    private func markdown(_ bytes: [UInt8], name: String, shown: String, in folder: FilePath) -> [CheckFinding] {
        if folder.removingLastComponent().removingLastComponent().lastComponent?.string == "reviews" {
            let (request, problems) = ReviewRequest.diagnose(bytes, name: name, file: shown)
            return problems.map(CheckFinding.init) + request.notes.map(CheckFinding.init)
        }
        let (document, problems) = TaskDocument.diagnose(bytes, name: name, file: shown)
        var findings = problems.map(CheckFinding.init) + document.notes.map(CheckFinding.init)
        if let workspace {
            findings += ScriptPlan.make(document, in: workspace).problems.map { problem in
                var finding = CheckFinding(problem.error)
                // What another task is to make first need not be there yet.
                if problem.isMissing, !document.frontMatter.needs.isEmpty { finding.severity = .note }
                return finding
            }
        }
        if let workspace, let pipeline = document.frontMatter.pipeline, let yaml = document.frontMatter.document,
            let share = try? Share.find(environment: environmentVariables(), files: files)
        {
            let library = PipelineLibrary(workspace: workspace, share: share, files: files)
            if !library.names().contains(pipeline) {
                let unknown = UnknownPipeline(name: pipeline, known: library.names())
                findings.append(
                    CheckFinding(yaml.error(at: (yaml.root["pipeline"] ?? yaml.root).mark, unknown.description)))
            }
        }
        return findings
    }
}
