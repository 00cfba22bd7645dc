// Owns what the tests of transfers share: two folders, files of known contents, a transfer between them through real agents.
// Never counts on how fast anything is.

import CAISystem
import FoundationEssentials
import Glibc
import Synchronization
import SystemPackage
import TestSupport

@testable import CAIGPU

/// A pod's folder and one at home.
final class TransferFolders: Sendable {
    let folder: TemporaryFolder
    let files = RealFiles()

    init() throws {
        folder = try TemporaryFolder()
        try files.makeDirectory(home)
        try files.makeDirectory(pod)
    }

    var home: FilePath { folder["home"] }
    var pod: FilePath { folder["pod"] }

    /// Writes a file and says what a manifest would.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String, in root: FilePath) throws -> TransferFile {
        let path = FilePath(root.string + "/" + name)
        try files.makeDirectories(path.removingLastComponent())
        let open = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try open.closeAfter { _ = try open.writeAll(bytes) }
        return TransferFile(name: name, bytes: Int64(bytes.count), sha256: SHA256.hex(of: bytes))
    }

    func bytes(_ name: String, in root: FilePath) throws -> [UInt8] {
        try files.read(FilePath(root.string + "/" + name), limit: 1 << 30)
    }

    func names(in root: FilePath) throws -> [String] { try files.files(below: root) }

    static let agent = ["/usr/bin/env", "python3", "-m", "caid_worker.transfer"]

    func connection() -> any PodConnection {
        let worker = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .removingLastComponent().appending("pod")
        // The system's own interpreter first: it starts sooner than one behind a chooser of versions.
        let path = "/usr/bin:/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        return LocalConnection(
            workdir: pod, workerCommand: [], environment: ["PATH": path, "PYTHONPATH": worker.string])
    }

    /// - Parameters:
    ///   - connection: in place of ones to this machine.
    ///   - free: bytes of the disk at home, in place of what it has.
    func transfer(
        connections: Int = 2, over connection: (any PodConnection)? = nil, free: Int64? = nil
    ) -> PodTransfer {
        let connection = connection ?? self.connection()
        let lanes = Lanes(
            agent: Self.agent, connections: connections, patience: 60, pace: Pace(rate: 0),
            connect: { () async throws(GPUError) in connection }, pause: { (_: Int) async throws(GPUError) in })
        guard let free else {
            return PodTransfer(lanes: lanes, freeBytes: { home throws(GPUError) in try home.freeBytes() })
        }
        return PodTransfer(lanes: lanes, freeBytes: { _ in free })
    }
}

/// Bytes of which no two blocks are the same; the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    let block = (0..<512).reduce(into: [UInt8]()) { block, index in
        withUnsafeBytes(of: (seed &+ UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15) { block += $0 }
    }
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withUnsafeMutableBytes { buffer in
        for at in stride(from: 0, to: count, by: block.count) {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[at..<min(count, at + block.count)])
            part.copyBytes(from: block.prefix(part.count))
            withUnsafeBytes(of: UInt64(at) &+ seed) { part.copyBytes(from: $0.prefix(part.count)) }
        }
    }
    return bytes
}
