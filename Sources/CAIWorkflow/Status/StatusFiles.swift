// Owns writing the status files: people's prose is kept, the daemon's block in it is replaced, `status.json` is whole.
// A file whose text would not change is not written. Never decides what is said.

import CAISystem
import SystemPackage

/// The files below `status/`.
public struct StatusFiles: Sendable {
    let workspace: Workspace
    let files: any FileOperations
    let documents: SharedDocument

    public init(workspace: Workspace, files: any FileOperations = RealFiles()) {
        (self.workspace, self.files) = (workspace, files)
        documents = SharedDocument(files: files, displaced: workspace.displaced)
    }

    public func write(_ pages: StatusPages) throws {
        try files.makeDirectories(workspace.status)
        for page in pages.all {
            let path = workspace.status.appending(page.file)
            if try files.status(path) == nil {
                try files.writeNew(path, bytes: Array("# \(page.title)\n".utf8))
            }
            try documents.update(path) { MarkedBlock.replace("status", with: page.body, in: $0).bytes }
        }
        let json = workspace.status.appending("status.json")
        let bytes = try CanonicalJSON.encode(pages.report, pretty: true)
        if (try? files.read(json)) != bytes { try files.writeAtomically(json, bytes: bytes) }
    }
}
