// Owns writing into a file that a person may have open in an editor at this very moment.
// Compare, exchange the two names in one step, then compare what came out: a save that slipped in between is found in the
// displaced file and merged, never destroyed. What was displaced is removed only once it holds nothing unknown.
// Never knows what the document says: the edit is a function of the bytes.

import FoundationEssentials
import Glibc
import SystemPackage

/// Edits documents of which the daemon is not the only writer.
public struct SharedDocument: Sendable {
    let files: any FileOperations
    /// Where displaced contents are kept; made on first use.
    let displaced: FilePath
    let clock: any WallClock

    public init(files: any FileOperations, displaced: FilePath, clock: any WallClock = SystemWallClock()) {
        (self.files, self.displaced, self.clock) = (files, displaced, clock)
    }

    /// Applies `edit` to the document's bytes until the result stands in the file and nothing that a person saved
    /// meanwhile is lost. `edit` must be idempotent: it may be applied again to bytes that hold its own result.
    /// - Returns: whether the file changed.
    /// - Throws: `Errno` of the file operations, `Errno.noSuchFileOrDirectory` where no regular file has that name;
    ///   `Errno.resourceTemporarilyUnavailable` after 100 saves in a row got in between, which no person does.
    @discardableResult
    public func update(_ path: FilePath, edit: ([UInt8]) throws -> [UInt8]) throws -> Bool {
        guard let status = try files.status(path), status.kind == .regular else { throw Errno.noSuchFileOrDirectory }
        // What we believe to stand in the file, and the newest text of a person: the same, unless a save slipped in.
        var standing = try files.read(path)
        var newest = standing
        // Where the last exchange put what stood in the file, and what that should be.
        var (aside, expected) = (FilePath?.none, standing)
        var merged: [(place: FilePath, text: [UInt8])] = []
        do {
            for _ in 0..<100 {
                let new = try edit(newest)
                if new == standing { return aside != nil }
                let place = try exchange(new, with: path, standing: standing, mode: status.mode)
                (aside, expected, standing) = (place, standing, new)
                try files.syncDirectory(path.removingLastComponent())
                try files.syncDirectory(place.removingLastComponent())
                let found = try textWhenWritten(place)
                if found == expected {
                    for save in merged { try? forget(save.place, holding: save.text) }
                    _ = try? sweep()
                    return true
                }
                merged.append((place, found))
                newest = found
            }
            throw Errno.resourceTemporarilyUnavailable
        } catch {
            if let aside, (try? files.read(aside)) != expected { try? putBack(aside, to: path, over: standing) }
            throw error
        }
    }

    /// Removes what was displaced more than ten seconds ago and holds nothing but what was compared then. A file that
    /// somebody wrote to afterwards is kept, and passed over from then on.
    /// - Returns: what was found to be such a file.
    @discardableResult
    public func sweep() throws -> [FilePath] {
        var kept: [FilePath] = []
        let now = clock.now()
        guard try files.status(displaced) != nil else { return [] }
        for name in try files.list(displaced) {
            guard let label = DisplacedLabel(name), now.timeIntervalSince1970 - Double(label.at) > 10 else { continue }
            let path = displaced.appending(name)
            if try files.isBeingWritten(path) { continue }
            if label.digests.contains(DisplacedLabel.digest(try files.read(path))) {
                try files.remove(path)
            } else {
                let keptAs = displaced.appending(name + ".kept")
                try files.move(path, to: keptAs)
                kept.append(keptAs)
            }
        }
        return kept
    }

    /// Writes the new text aside and swaps it with the document.
    /// - Returns: where the text that stood in the document lies now.
    private func exchange(_ new: [UInt8], with path: FilePath, standing: [UInt8], mode: UInt16) throws -> FilePath {
        let name = DisplacedLabel.name(
            of: path, digests: [standing, new].map(DisplacedLabel.digest), at: Int64(clock.now().timeIntervalSince1970))
        func exchange(in folder: FilePath) throws -> FilePath {
            let aside = folder.appending(name)
            do {
                try files.create(aside, bytes: new, mode: .ownerReadWrite)
                try files.setPermissions(aside, FilePermissions(rawValue: .init(mode & 0o777)))
                try files.rename(aside, to: path, .exchange)
            } catch {
                try? files.remove(aside)
                throw error
            }
            return aside
        }
        try files.makeDirectories(displaced)
        do { return try exchange(in: displaced) } catch Errno.improperLink {
            // The document lies on another disk than our own folder.
            return try exchange(in: path.removingLastComponent())
        }
    }

    /// A text that was displaced and could not be merged goes back to where its writer put it, unless a still newer one
    /// stands there by now.
    private func putBack(_ aside: FilePath, to path: FilePath, over ours: [UInt8]) throws {
        var below = ours
        for _ in 0..<100 {
            let text = try files.read(aside)
            try files.rename(aside, to: path, .exchange)
            if try textWhenWritten(aside) == below { return }
            below = text
        }
    }

    /// Removes a displaced file whose text stands in the document by now.
    private func forget(_ place: FilePath, holding text: [UInt8]) throws {
        if try !files.isBeingWritten(place), try files.read(place) == text { try files.remove(place) }
    }

    /// The text of a displaced file once nobody writes to it any more. Nobody can open it by its old name, so after
    /// that it stays as it is. A program that keeps it open for longer is not waited for.
    private func textWhenWritten(_ path: FilePath) throws -> [UInt8] {
        for _ in 0..<250 {
            guard try files.isBeingWritten(path) else { break }
            usleep(1000)
        }
        return try files.read(path)
    }
}

/// The name of a displaced file: which document, when, and the digests of the texts it may be removed with.
struct DisplacedLabel {
    /// Seconds since 1970.
    var at: Int64
    var digests: [String]

    /// Reads what `name(of:digests:at:)` makes; nil for any other name.
    init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts.last == "tmp", let at = Int64(parts[parts.count - 4]) else { return nil }
        self.at = at
        digests = parts[parts.count - 3].split(separator: "-").map(String.init)
    }

    static func name(of path: FilePath, digests: [String], at: Int64) -> String {
        let document = String(decoding: (path.lastComponent?.string ?? "document").utf8.prefix(100), as: UTF8.self)
        let salt = String(UInt32.random(in: .min ... .max), radix: 36)
        return ".\(document).\(at).\(digests.joined(separator: "-")).\(salt).tmp"
    }

    static func digest(_ bytes: [UInt8]) -> String { String(SHA256.hex(of: bytes).prefix(16)) }
}
