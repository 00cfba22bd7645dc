// Owns an artifact's folder: finishing it (manifest last, then visible by rename), verifying it, linking a cached one into
// another run. `artifacts/<pipeline>/<run>/<step>/`.
// Never changes a finished artifact.

import CAISystem
import SystemPackage

/// A finished artifact.
public struct Artifact: Sendable {
    public let folder: FilePath
    public let manifest: ArtifactManifest
    public let manifestSHA256: String

    /// Reads a finished artifact, or nil where there is none.
    /// - Throws: `PipelineError` where it is there and damaged: a file changed or missing.
    public static func open(_ folder: FilePath, _ files: any FileOperations) throws -> Artifact? {
        let path = folder.appending("manifest.json")
        guard try files.status(path) != nil else { return nil }
        let bytes = try files.read(path)
        guard let manifest = try? CanonicalJSON.decode(ArtifactManifest.self, from: bytes) else {
            throw PipelineError(.damagedArtifact, "\(path) is not a manifest: move \(folder) aside to make it again")
        }
        for (name, expected) in manifest.files {
            let file = folder.appending(name)
            guard try files.status(file)?.kind == .regular, try SHA256.hex(ofFile: file) == expected.sha256 else {
                throw PipelineError(
                    .damagedArtifact, "\(file) is not what its manifest says: move \(folder) aside to make it again")
            }
        }
        return Artifact(folder: folder, manifest: manifest, manifestSHA256: SHA256.hex(of: bytes))
    }

    /// The data files in a folder, with digests and, for JSONL, line counts.
    static func dataFiles(in folder: FilePath, _ files: any FileOperations) throws -> [String: ArtifactManifest.File] {
        var found: [String: ArtifactManifest.File] = [:]
        for name in try files.files(below: folder) where name != "manifest.json" {
            let path = folder.appending(name)
            let size = try files.status(path)?.size ?? 0
            let lines = name.hasSuffix(".jsonl") ? try files.read(path, limit: .max).count { $0 == 0x0A } : nil
            found[name] = ArtifactManifest.File(sha256: try SHA256.hex(ofFile: path), bytes: size, lines: lines)
        }
        return found
    }

    /// Writes the manifest into a partial folder and makes it the artifact, in one rename.
    static func finish(
        _ partial: FilePath, as folder: FilePath, manifest: ArtifactManifest, _ files: any FileOperations
    ) throws -> Artifact {
        let bytes = try CanonicalJSON.encode(manifest, pretty: true)
        try files.create(
            partial.appending("manifest.json"), bytes: bytes, mode: [.ownerReadWrite, .groupRead, .otherRead])
        for name in try files.files(below: partial) {
            try files.syncDirectory(partial.appending(name).removingLastComponent())
        }
        try files.syncDirectory(partial)
        try files.move(partial, to: folder)
        return Artifact(folder: folder, manifest: manifest, manifestSHA256: SHA256.hex(of: bytes))
    }

    /// Links this artifact's data into another run's folder.
    func link(as folder: FilePath, partial: FilePath, run: String, _ files: any FileOperations) throws -> Artifact {
        for name in manifest.files.keys.sorted() {
            let target = partial.appending(name)
            try files.makeDirectories(target.removingLastComponent())
            try files.link(self.folder.appending(name), to: target)
        }
        var copy = manifest
        copy.run = run
        copy.reused_from = ArtifactManifest.Reuse(
            run: manifest.reused_from?.run ?? manifest.run,
            manifest_sha256: manifest.reused_from?.manifest_sha256 ?? manifestSHA256)
        return try Artifact.finish(partial, as: folder, manifest: copy, files)
    }
}
