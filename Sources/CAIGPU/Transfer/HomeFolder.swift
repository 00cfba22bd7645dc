// Owns the folder at home that files come to or go from: which names lead into it, that no link leads out of it, what is there.
// Never opens a file's contents except to prove them.

import CAISystem
import Glibc
import SystemPackage

/// A folder and the names below it.
struct HomeFolder: Sendable {
    let path: FilePath
    let files = RealFiles()

    /// Refuses lists that could lead outside, or that contradict themselves.
    /// - Throws: `.corrupt`.
    static func check(_ list: [TransferFile]) throws(GPUError) {
        var seen: Set<[UInt8]> = []
        var total: Int64 = 0
        for file in list {
            let name = Array(file.name.utf8)
            let parts = name.split(separator: 0x2F, omittingEmptySubsequences: false)
            let isPlain = parts.allSatisfy {
                !$0.isEmpty && $0.count <= 255 && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E])
            }
            guard isPlain, name.count <= 4000, !name.contains(0) else {
                throw GPUError(.corrupt, "the manifest names a file that leads outside its folder", cause: shown(file))
            }
            guard seen.insert(name).inserted else {
                throw GPUError(.corrupt, "the manifest names a file twice", cause: shown(file))
            }
            let isDigest = file.sha256.utf8.count == 64 && file.sha256.utf8.allSatisfy(isHexDigit)
            let (sum, overflow) = total.addingReportingOverflow(file.bytes)
            guard isDigest, file.bytes >= 0, !overflow else {
                throw GPUError(.corrupt, "the manifest has no size or digest for a file", cause: shown(file))
            }
            total = sum
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func shown(_ file: TransferFile) -> String { file.name.prefix(100).debugDescription }

    func path(of name: String) -> FilePath { FilePath(path.string + "/" + name) }

    /// The folder of a file, as a name below this one; empty for this one.
    static func folder(of name: String) -> String {
        name.utf8.lastIndex(of: 0x2F).map { String(name[..<$0]) } ?? ""
    }

    /// Whether a folder below this one is there.
    /// - Throws: `.corrupt` where a link, or something that is no folder, stands in the way.
    func exists(_ folder: String) throws(GPUError) -> Bool {
        var path = path
        for part in folder.split(separator: "/") {
            path.append(String(part))
            switch try attempt("look at \(path)", { try files.status(path)?.kind }) {
            case nil: return false
            case .directory: continue
            default:
                throw GPUError(
                    .corrupt,
                    "\(path) is a link or a file where the transfer needs a folder; move it away and try again")
            }
        }
        return true
    }

    /// Makes a folder below this one, and this one.
    func make(_ folder: String) throws(GPUError) {
        if try !exists(folder) || folder.isEmpty {
            try attempt("make the folder \(path(of: folder))") {
                try files.makeDirectories(folder.isEmpty ? path : path(of: folder))
            }
        }
    }

    /// Opens a regular file, never a link.
    /// - Returns: nil where there is none.
    func open(_ name: String) throws(GPUError) -> FileDescriptor? {
        guard try exists(Self.folder(of: name)) else { return nil }
        return try Self.open(path(of: name))
    }

    static func open(_ path: FilePath) throws(GPUError) -> FileDescriptor? {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec, .nonBlocking])
            if try file.facts().st_mode & S_IFMT == S_IFREG { return file }
            try file.close()
            return nil
        } catch Errno.noSuchFileOrDirectory { return nil } catch Errno.tooManySymbolicLinkLevels { return nil } catch {
            throw diskError("read \(path)", error)
        }
    }

    /// Bytes that may still be written there.
    func freeBytes() throws(GPUError) -> Int64 {
        try attempt("look at the disk of \(path)") {
            var room = statvfs()
            guard statvfs(path.string, &room) == 0 else { throw Errno(rawValue: errno) }
            return Int64(
                clamping: UInt64(room.f_bavail).multipliedReportingOverflow(by: UInt64(room.f_frsize)).partialValue)
        }
    }

    /// Everything written to its disk so far is there.
    func flushDisk() throws(GPUError) {
        try attempt("write to \(path)") { try FileSystemFlush.flush(path) }
    }

    func attempt<Value>(_ what: String, _ body: () throws -> Value) throws(GPUError) -> Value {
        do { return try body() } catch { throw diskError(what, error) }
    }
}

/// An error of this machine's disk, in words.
func diskError(_ what: String, _ error: any Error) -> GPUError {
    if let error = error as? GPUError { return error }
    let isFull = error as? Errno == .noSpace || error as? Errno == .diskQuotaExceeded
    return GPUError(
        isFull ? .noSpace : .unreachable, isFull ? "the disk is full: cannot \(what)" : "cannot \(what)",
        cause: "\(error)")
}

/// A disk without enough room, in words.
func noSpace(_ place: String, needed: Int64, free: Int64) -> GPUError {
    GPUError(.noSpace, "\(place) needs \(needed) bytes and has \(free) free; make room and try again")
}
