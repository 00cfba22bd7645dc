// Owns what the script of a header means in the workspace: which files go to the pod and how the program is started; and what is
// wrong with it, at its place in the header.
// Never follows a link, never takes a hidden file along, and reads no more of a file than its first bytes.

import CAISystem
import CAIWorkflow
import CAIYAML
import SystemPackage

/// A script that can be sent to the pod.
struct ScriptPlan {
    /// Something that keeps a script from running.
    struct Problem {
        var error: YAMLError
        /// Whether it is only not there yet: another task may make it.
        var isMissing: Bool
    }
    /// Inputs together; what is more is packed into one by whoever makes it.
    static let mostFiles = 50_000
    /// Enough to see what is wrong with a folder.
    static let mostProblems = 20

    let script: String
    /// The program and its arguments, run where `files` lie under the same paths as in the workspace.
    let command: [String]
    /// The script and its inputs: paths in the workspace, sorted.
    let files: [String]

    /// Reads the header of a task that names a script.
    /// - Returns: no plan where there is a problem.
    static func make(_ document: TaskDocument, in workspace: Workspace) -> (plan: ScriptPlan?, problems: [Problem]) {
        var reader = ScriptReader(document: document, workspace: workspace)
        let plan = reader.read()
        return (reader.problems.isEmpty ? plan : nil, reader.problems)
    }
}

/// The way from a header to its plan.
private struct ScriptReader {
    let document: TaskDocument
    let workspace: Workspace
    let files = RealFiles()
    var problems: [ScriptPlan.Problem] = []
    var found: Set<String> = []

    mutating func read() -> ScriptPlan? {
        let header = document.frontMatter
        guard let named = header.script else { return nil }
        let script = named.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        var command: [String]?
        switch kind(of: script, "script") {
        case .regular?:
            found.insert(script)
            command = start(script).map { $0 + header.args }
        case .some: complain("script", "`\(script)` is no file")
        case nil: break
        }
        for (index, path) in header.inputs.enumerated() {
            if kind(of: path, "inputs", index) == .directory { take(path, "inputs", index) } else { found.insert(path) }
        }
        if found.count > ScriptPlan.mostFiles {
            complain("inputs", "more than \(ScriptPlan.mostFiles) files are named; pack them into one")
        }
        if let index = header.outputs.firstIndex(of: "manifest.json") {
            complain(
                "outputs", at: index, "`manifest.json` is the name of the list of what came home; choose another one")
        }
        return command.map { ScriptPlan(script: script, command: $0, files: found.sorted()) }
    }

    /// How a file is run; a Python of the system would lack the pod's libraries.
    private mutating func start(_ script: String) -> [String]? {
        if script.hasSuffix(".py") { return ["python3", script] }
        let path = workspace.root.pushing(FilePath(script))
        switch try? firstBytes(path) {
        case nil: complain("script", "`\(script)` cannot be read")
        case [0x23, 0x21], [0x7F, 0x45]: return ["./" + script]
        default:
            if script.hasSuffix(".sh") { return ["sh", script] }
            complain(
                "script",
                "nobody knows how to run `\(script)`: let it begin with a line such as `#!/usr/bin/env bash`, or end in .py or .sh"
            )
        }
        return nil
    }

    private func firstBytes(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
        return try file.closeAfter {
            var bytes: [UInt8] = [0, 0]
            let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
            return Array(bytes.prefix(count))
        }
    }

    /// What stands at a path; complains where nothing does that can be taken.
    private mutating func kind(of path: String, _ key: String, _ index: Int? = nil) -> FileKind? {
        var place = workspace.root
        var kind = FileKind.directory
        for part in path.split(separator: "/") {
            guard part.first != "." else {
                complain(
                    key, at: index,
                    "`\(path)` is hidden, and such files, which may hold secrets, never leave the machine")
                return nil
            }
            place.append(String(part))
            guard kind == .directory, let found = try? files.status(place)?.kind else {
                complain(key, at: index, "there is no \(workspace.display(place)) in the workspace", isMissing: true)
                return nil
            }
            guard found == .regular || found == .directory else {
                let what = found == .link ? "a link, and links are not followed" : "neither a file nor a folder"
                complain(key, at: index, "\(workspace.display(place)) is \(what)")
                return nil
            }
            kind = found
        }
        return kind
    }

    /// All the files of a folder but hidden ones.
    private mutating func take(_ folder: String, _ key: String, _ index: Int) {
        guard let names = try? files.list(workspace.root.pushing(FilePath(folder))) else {
            return complain(key, at: index, "the folder `\(folder)` cannot be read")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            if found.count > ScriptPlan.mostFiles || problems.count >= ScriptPlan.mostProblems { return }
            let path = folder + "/" + name
            switch kind(of: path, key, index) {
            case .directory?: take(path, key, index)
            case .some: found.insert(path)
            case nil: continue
            }
        }
    }

    private mutating func complain(_ key: String, at index: Int? = nil, _ message: String, isMissing: Bool = false) {
        guard let yaml = document.frontMatter.document else { return }
        let node = yaml.root[key]
        let mark = (index.flatMap { node?[$0] } ?? node ?? yaml.root).mark
        let error = yaml.error(at: mark, PlainText.line("\(key): \(message)"))
        problems.append(ScriptPlan.Problem(error: error, isMissing: isMissing))
    }
}
