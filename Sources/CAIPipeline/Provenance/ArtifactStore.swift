// Owns `artifacts/`: where runs put their steps, and the search for a finished step by its key.
// The folders are the truth: what is found there, and verifies, is there. Never keeps an index that could disagree.

import CAISystem
import SystemPackage

/// All the artifacts of a workspace.
public struct ArtifactStore: Sendable {
    let root: FilePath
    let files: any FileOperations

    public init(root: FilePath, files: any FileOperations) { (self.root, self.files) = (root, files) }

    public func folder(pipeline: String, run: String) -> FilePath { root.appending(pipeline).appending(run) }

    /// The manifests of everything finished, in any run of any pipeline; what they promise is not verified.
    public func manifests() throws -> [ArtifactManifest] { try finished().map(\.manifest) }

    /// A finished, verified artifact with this key, in any run of any pipeline; damaged ones are passed over.
    func find(key: String) throws -> Artifact? {
        for (folder, manifest) in try finished() where manifest.step_key == key {
            if let artifact = try? Artifact.open(folder, files) { return artifact }
        }
        return nil
    }

    /// Every folder with a manifest, in the order of its names. What lies below another one with a manifest is the data of a
    /// script, which may have any name and say anything.
    func finished() throws -> [(folder: FilePath, manifest: ArtifactManifest)] {
        guard try files.status(root) != nil else { return [] }
        let runs = try subfolders(root).flatMap(subfolders).filter {
            try files.status($0.appending("manifest.json")) == nil
        }
        let steps = try runs.flatMap(subfolders)
        return try steps.compactMap { step in
            let path = step.appending("manifest.json")
            guard try files.status(path)?.kind == .regular, let bytes = try? files.read(path),
                let manifest = try? CanonicalJSON.decode(ArtifactManifest.self, from: bytes)
            else { return nil }
            return (step, manifest)
        }
    }

    private func subfolders(_ folder: FilePath) throws -> [FilePath] {
        try files.list(folder).filter { !$0.hasPrefix(".") }.sorted().map { folder.appending($0) }
            .filter { try files.status($0)?.kind == .directory }
    }
}
