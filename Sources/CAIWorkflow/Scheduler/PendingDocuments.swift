// Owns what is known of the pending files' contents: each is read once, and again only when it has changed.
// Never reads a file whose status is the one it had when it was read.

import CAISystem
import CAIYAML
import Synchronization
import SystemPackage

/// The pending files, read.
public final class PendingDocuments: Sendable {
    private struct Entry: Sendable {
        var status: FileStatus
        var content: PendingContent
    }
    private let workspace: Workspace
    private let files: any FileOperations
    private let entries = Mutex<[String: Entry]>([:])

    public init(workspace: Workspace, files: any FileOperations) {
        (self.workspace, self.files) = (workspace, files)
    }

    /// The files as candidates, in the order in which they would run. One that is gone since the scan is left out: the next
    /// scan sees it. One that cannot be read stays, with that reason.
    func candidates(_ pending: [PendingFile], isSettled: (PendingFile) -> Bool) -> [Candidate] {
        let known = entries.withLock { $0 }
        var fresh: [String: Entry] = [:]
        fresh.reserveCapacity(pending.count)
        var candidates: [Candidate] = []
        candidates.reserveCapacity(pending.count)
        for file in pending {
            let key = file.key
            guard let entry = known[key].flatMap({ $0.status == file.status ? $0 : nil }) ?? read(file) else {
                continue
            }
            fresh[key] = entry
            candidates.append(Candidate(file: file, entry.content, isSettled: isSettled(file)))
        }
        entries.withLock { $0 = fresh }
        return candidates.sorted { $0.order < $1.order }
    }

    private func read(_ file: PendingFile) -> Entry? {
        let path = workspace.file(queue: file.queue, .pending, file.name)
        let bytes: [UInt8]
        do { bytes = try files.read(path) } catch Errno.noSuchFileOrDirectory { return nil } catch {
            let (document, _) = TaskDocument.diagnose([], name: file.name, file: file.name)
            let why = "the file cannot be read (\(error)): mend that, or move it away"
            return Entry(status: file.status, content: PendingContent(document, [], [:], unreadable: why))
        }
        let (document, problems) = TaskDocument.diagnose(bytes, name: file.name, file: workspace.display(path))
        let boxes = document.frontMatter.requiresApproval ? ApprovalBox.boxes(in: bytes) : [:]
        return Entry(status: file.status, content: PendingContent(document.withoutText, problems, boxes))
    }
}
