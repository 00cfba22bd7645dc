// Owns writing into a file that a person may have open in an editor at this very moment.
// Compare, exchange the two names in one step, then compare what came out: a save that slipped in between is found in the
// displaced file and merged, never destroyed. Displaced files are kept for a while, since an editor may still write
// into the old inode. Never knows what the document says: the edit is a function of the bytes.

import SystemPackage

/// Edits documents of which the daemon is not the only writer.
public struct SharedDocument<Files: FileOperations>: Sendable {
    let files: Files
    /// Where displaced contents are kept; on the same file system as the documents.
    let displaced: FilePath

    public init(files: Files, displaced: FilePath) {
        self.files = files
        self.displaced = displaced
    }

    /// Applies `edit` to the document's bytes until the result stands in the file and nothing that a person saved
    /// meanwhile is lost. `edit` must be idempotent: it may be applied again to bytes that hold its own result.
    /// - Returns: whether the file changed.
    /// - Throws: `Errno` of the file operations; `Errno.resourceTemporarilyUnavailable` after 100 saves in a row got
    ///   in between, which no person does.
    @discardableResult
    public func update(_ path: FilePath, edit: ([UInt8]) throws -> [UInt8]) throws -> Bool {
        var changed = false
        for _ in 0..<100 {
            guard let before = try files.status(path), before.kind == .regular else {
                throw Errno.noSuchFileOrDirectory
            }
            let old = try files.read(path)
            let new = try edit(old)
            if new == old { return changed }
            let aside = displaced.appending("\(path.lastComponent?.string ?? "document").\(temporaryName())")
            try files.create(aside, bytes: new, mode: FilePermissions(rawValue: .init(before.mode & 0o777)))
            do {
                try files.rename(aside, to: path, .exchange)
            } catch {
                try? files.remove(aside)
                throw error
            }
            try files.syncDirectory(path.removingLastComponent())
            try files.syncDirectory(displaced)
            changed = true
            let found = try files.read(aside)
            if found == old { return true }
            // A save got in between reading and exchanging: the displaced text is newer than what we edited.
            try restoreNewer(found, aside: aside, at: path, ours: new, edit: edit)
        }
        throw Errno.resourceTemporarilyUnavailable
    }

    /// Puts a person's newer text (with our edit applied) over what we wrote, as long as nobody has saved again.
    private func restoreNewer(
        _ newer: [UInt8], aside: FilePath, at path: FilePath, ours: [UInt8], edit: ([UInt8]) throws -> [UInt8]
    ) throws {
        let mode = try files.status(aside)?.mode ?? 0o644
        let merged = displaced.appending("merged.\(temporaryName())")
        try files.create(merged, bytes: try edit(newer), mode: FilePermissions(rawValue: .init(mode & 0o777)))
        try files.rename(merged, to: path, .exchange)
        try files.syncDirectory(path.removingLastComponent())
        let out = try files.read(merged)
        if out != ours {
            // Saved once more: the very newest text goes back, and the outer loop edits it again.
            try files.rename(merged, to: path, .exchange)
        }
    }

    /// Removes displaced files that are older than `age` seconds; by then every editor has closed them.
    public func sweep(olderThan age: Int64, now: Int64) throws {
        for name in try files.list(displaced) {
            let path = displaced.appending(name)
            if let found = try files.status(path), now - found.modified / 1_000_000_000 > age { try files.remove(path) }
        }
    }
}
