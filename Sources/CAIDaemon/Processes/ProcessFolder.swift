// Owns the folder of one supervised program: the names in it, what is written there, and in which order.
// `request.json` is written last of what a start needs, `started.json` before the program exists, `end.json` after all that
// came from it is gone. Never starts or ends anything.

import CAISystem
import FoundationEssentials
import SystemPackage

/// `.caid/processes/<id>/`.
struct ProcessFolder: Sendable {
    let path: FilePath
    let files: any FileOperations

    var request: FilePath { path.appending("request.json") }
    var input: FilePath { path.appending("input") }
    var lock: FilePath { path.appending("lock") }
    var started: FilePath { path.appending("started.json") }
    var stdout: FilePath { path.appending("stdout") }
    var stderr: FilePath { path.appending("stderr") }
    /// Exists from the moment on at which somebody asked the program to end.
    var stop: FilePath { path.appending("stop") }
    var end: FilePath { path.appending("end.json") }

    /// An id may be any text; one that cannot be the name of a folder is replaced by a digest of it.
    static func name(of id: String) -> String {
        let fits = !id.isEmpty && id.utf8.count <= 200 && !id.hasPrefix(".") && !id.contains("/") && !id.contains("\0")
        return fits ? id : "id-" + SHA256.hex(of: id)
    }

    /// Makes the folder with all that a supervisor needs; does nothing where it is complete. Nobody else may read it: the
    /// environment may hold keys.
    func prepare(_ request: ProcessRequest, input: [UInt8]) throws {
        try files.makeDirectories(path)
        guard try files.status(self.request) == nil else { return }
        try files.setPermissions(path, .ownerReadWriteExecute)
        try files.writeAtomically(self.input, bytes: input, mode: .ownerReadWrite)
        do { try files.create(lock, bytes: [], mode: .ownerReadWrite) } catch Errno.fileExists {}
        let bytes = try CanonicalJSON.encode(request)
        do { try files.writeNew(self.request, bytes: bytes, mode: .ownerReadWrite) } catch Errno.fileExists {}
    }

    func readRequest() throws -> ProcessRequest {
        try CanonicalJSON.decode(ProcessRequest.self, from: files.read(request))
    }

    /// Nil where the program has not been started.
    func readStart() throws -> ProcessStart? {
        guard try exists(started) else { return nil }
        return try CanonicalJSON.decode(ProcessStart.self, from: files.read(started))
    }

    /// Nil where no end is known.
    func readEnd() throws -> ProcessRecord? {
        guard try exists(end) else { return nil }
        return try CanonicalJSON.decode(ProcessRecord.self, from: files.read(end))
    }

    /// The end, durably, before anybody can see it. Only for who holds the lock.
    func write(_ end: ProcessEnd, seconds: Double) throws {
        let record = ProcessRecord(end: end, endedAt: Date().timeIntervalSince1970, seconds: seconds)
        try files.writeAtomically(self.end, bytes: CanonicalJSON.encode(record), mode: .ownerReadWrite)
    }

    func exists(_ file: FilePath) throws -> Bool { try files.status(file) != nil }

    /// Removes the folder so that what is left, should the machine stop in between, is never taken for one to start.
    func remove() throws {
        guard try exists(path) else { return }
        if try exists(request) { try files.remove(request) }
        for name in try files.list(path) where name != end.lastComponent?.string {
            try files.removeTree(path.appending(name))
        }
        if try exists(end) { try files.remove(end) }
        try files.remove(path)
    }
}

/// `started.json`: written without the program before it is started, and once more with it.
struct ProcessStart: Codable, Sendable {
    /// Seconds since 1970.
    var at: Double
    var supervisor: ProcessIdentity
    /// Leads its own process group.
    var program: ProcessIdentity?
}

/// `end.json`.
struct ProcessRecord: Codable, Sendable {
    var end: ProcessEnd
    /// Seconds since 1970.
    var endedAt: Double
    var seconds: Double
}
