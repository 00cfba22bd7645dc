// Owns the compound habits built from the file operations: atomic replacement, durable moves, folders made with their
// parents. Each leaves either the old state or the new one behind, whenever the machine stops.
// Never decides where something goes.

import Glibc
import SystemPackage

extension FileOperations {
    /// Reads a file of at most 16 MiB, which is far more than any document people write by hand.
    public func read(_ path: FilePath) throws -> [UInt8] { try read(path, limit: 16 << 20) }

    /// Replaces a file's contents: temporary sibling, fsync, rename, fsync of the folder. Readers see old or new.
    public func writeAtomically(
        _ path: FilePath, bytes: [UInt8], mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    ) throws {
        let folder = path.removingLastComponent()
        let temporary = folder.appending(temporaryName())
        do {
            try create(temporary, bytes: bytes, mode: mode)
            try rename(temporary, to: path, .replace)
        } catch {
            try? remove(temporary)
            throw error
        }
        try syncDirectory(folder)
    }

    /// As above, but only where no file has that name yet; otherwise throws `Errno.fileExists` and changes nothing.
    public func writeNew(
        _ path: FilePath, bytes: [UInt8], mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    ) throws {
        let folder = path.removingLastComponent()
        let temporary = folder.appending(temporaryName())
        do {
            try create(temporary, bytes: bytes, mode: mode)
            try rename(temporary, to: path, .exclusive)
        } catch {
            try? remove(temporary)
            throw error
        }
        try syncDirectory(folder)
    }

    /// Moves a file without ever replacing another, and makes both folders durable.
    public func move(_ from: FilePath, to: FilePath) throws {
        try rename(from, to: to, .exclusive)
        let (source, target) = (from.removingLastComponent(), to.removingLastComponent())
        try syncDirectory(target)
        if source != target { try syncDirectory(source) }
    }

    /// Makes a folder and its missing parents; does nothing where it is there already.
    public func makeDirectories(_ path: FilePath) throws {
        if let found = try status(path) {
            // A person may keep a folder of the workspace on another disk behind a link: that is theirs to choose.
            if found.kind == .regular || found.kind == .other { throw Errno.notDirectory }
            return
        }
        let parent = path.removingLastComponent()
        if parent != path, !parent.isEmpty { try makeDirectories(parent) }
        do { try makeDirectory(path) } catch Errno.fileExists { return }
        if !parent.isEmpty { try syncDirectory(parent) }
    }

    /// Removes a folder and all below it; links inside are removed, never followed.
    public func removeTree(_ path: FilePath) throws {
        guard let found = try status(path) else { return }
        if found.kind == .directory {
            for name in try list(path) { try removeTree(path.appending(name)) }
        }
        try remove(path)
    }

    /// Every regular file below a folder, as paths relative to it, sorted; links are left out.
    public func files(below folder: FilePath) throws -> [String] {
        var found: [String] = []
        for name in try list(folder) {
            let path = folder.appending(name)
            switch try status(path)?.kind {
            case .regular: found.append(name)
            case .directory: found += try files(below: path).map { name + "/" + $0 }
            default: continue
            }
        }
        return found.sorted()
    }

    /// The first of `name`, `stem-2.ext`, `stem-3.ext`, … that is free in a folder.
    public func freeName(_ name: String, in folder: FilePath) throws -> String {
        var number = 1
        while try status(folder.appending(numberedName(name, number))) != nil { number += 1 }
        return numberedName(name, number)
    }
}

/// `name` for 1, `stem-2.ext` for 2, and so on.
public func numberedName(_ name: String, _ number: Int) -> String {
    guard number > 1 else { return name }
    let component = FilePath.Component(name)
    return "\(component?.stem ?? name)-\(number)\(component?.extension.map { "." + $0 } ?? "")"
}

/// A name no scan takes for a task: it starts with a dot and ends in `.tmp`.
func temporaryName() -> String { ".caid-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp" }

extension RealFiles {
    /// Copies a regular file under a new name, streamed, and fsyncs it before it gets that name.
    public func copy(_ from: FilePath, to: FilePath) throws {
        let temporary = to.removingLastComponent().appending(temporaryName())
        let source = try FileDescriptor.open(from, .readOnly, options: [.noFollow, .closeOnExec])
        do {
            try source.closeAfter {
                let target = try FileDescriptor.open(
                    temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                    permissions: [.ownerReadWrite, .groupRead, .otherRead])
                try target.closeAfter {
                    var buffer = [UInt8](repeating: 0, count: 1 << 20)
                    while case let count = try buffer.withUnsafeMutableBytes({ try source.read(into: $0) }), count > 0 {
                        try target.writeAll(buffer[..<count])
                    }
                    guard fsync(target.rawValue) == 0 else { throw Errno(rawValue: errno) }
                }
            }
            try rename(temporary, to: to, .replace)
        } catch {
            try? remove(temporary)
            throw error
        }
        try syncDirectory(to.removingLastComponent())
    }
}
