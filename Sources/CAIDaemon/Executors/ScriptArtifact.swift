// Owns `artifacts/scripts/<run>/`: what a script has left, with a manifest that says where it came from; whole or not there.
// Never replaces anything: where the folder's name is taken by something else, it takes a number.

import CAIGPU
import CAISystem
import CAIWorkflow
import SystemPackage

/// `manifest.json` of what a script has left.
struct ScriptManifest: Codable, Sendable {
    var version = 1
    var kind = "script"
    var run: String
    var task: String
    var job: String
    var command: [String]
    var env: [String: String]
    var inputs: [String: ScriptJob.File]
    var files: [String: ScriptJob.File]
    /// Time, host, commit, seconds and cost: what may differ between two runs that leave the same.
    var provenance: [String: JSONValue]
}

/// What a script has left, at home.
struct ScriptArtifact: Sendable {
    let folder: FilePath
    let manifest: ScriptManifest

    /// The folders of all scripts.
    static func root(_ workspace: Workspace) -> FilePath { workspace.artifacts.appending("scripts") }

    /// Where the outputs of a job are gathered before they are whole.
    static func partial(_ job: String, _ workspace: Workspace) -> FilePath {
        root(workspace).appending(".\(job).partial")
    }

    /// What this very job of a run has left, if it is there and nobody has changed it.
    static func find(job: String, run: String, _ workspace: Workspace) throws -> ScriptArtifact? {
        let files = RealFiles()
        for number in 1... {
            let folder = root(workspace).appending(name(run, number))
            guard try files.status(folder) != nil else { return nil }
            guard let bytes = try? files.read(folder.appending("manifest.json")),
                let manifest = try? CanonicalJSON.decode(ScriptManifest.self, from: bytes), manifest.job == job,
                manifest.files.allSatisfy({ name, file in
                    (try? SHA256.hex(ofFile: folder.pushing(FilePath(name)))) == file.sha256
                })
            else { continue }
            return ScriptArtifact(folder: folder, manifest: manifest)
        }
        return nil
    }

    /// Makes what came home into the artifact: manifest last, then the folder visible by one rename.
    static func keep(_ manifest: ScriptManifest, from partial: FilePath, _ workspace: Workspace) throws
        -> ScriptArtifact
    {
        let files = RealFiles()
        // Of an earlier try that was interrupted, and that another machine has repeated.
        for name in try files.files(below: partial) where manifest.files[name] == nil {
            try files.remove(partial.pushing(FilePath(name)))
        }
        try files.writeAtomically(
            partial.appending("manifest.json"), bytes: CanonicalJSON.encode(manifest, pretty: true))
        for number in 1... {
            let folder = root(workspace).appending(name(manifest.run, number))
            do { try files.move(partial, to: folder) } catch Errno.fileExists { continue }
            return ScriptArtifact(folder: folder, manifest: manifest)
        }
        throw Errno.fileExists
    }

    private static func name(_ run: String, _ number: Int) -> String { number == 1 ? run : "\(run)-\(number)" }
}
