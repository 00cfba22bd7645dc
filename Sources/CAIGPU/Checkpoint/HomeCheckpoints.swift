// Owns `checkpoints/<run>/<step>/`: bringing a job's checkpoint home so that it is whole or not there, which ones are kept, and
// which one a job goes on from on another pod.
// Never believes a file that its digest does not prove, and never asks a job for anything.

import CAISystem
import SystemPackage

/// The checkpoints of the workspace.
public struct HomeCheckpoints: Sendable {
    /// A whole checkpoint at home.
    struct Saved: Sendable {
        var seq: Int
        var folder: FilePath
        var manifest: JobManifest

        /// Its files, the manifest among them.
        func transferFiles() throws(GPUError) -> [TransferFile] {
            let path = folder.appending(JobManifest.name)
            do {
                let bytes = try RealFiles().read(path, limit: JobManifest.limit)
                let own = TransferFile(
                    name: JobManifest.name, bytes: Int64(bytes.count), sha256: SHA256.hex(of: bytes))
                return manifest.transferFiles + [own]
            } catch { throw GPUError(.corrupt, "cannot read \(path)", cause: "\(error)") }
        }
    }

    /// How many of each job are kept.
    static let kept = 2
    let root: FilePath
    private let files = RealFiles()

    /// - Parameter root: `checkpoints/` of the workspace.
    public init(root: FilePath) { self.root = root }

    /// Brings a checkpoint home.
    /// - Parameters:
    ///   - remote: the checkpoint's folder on the pod.
    ///   - promised: the digest of its manifest, as the job told it; nil where it did not.
    /// - Returns: the checkpoint, in its folder, durable.
    func pull(
        _ use: PodUse, podSeq: Int, from remote: FilePath, promised: String?, over pod: ReadyPod,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> HomeCheckpoint {
        let bytes = try await pod.connection.read(
            remote.appending(JobManifest.name), from: 0, limit: JobManifest.limit)
        let digest = SHA256.hex(of: bytes)
        guard promised == nil || promised == digest, let manifest = JobManifest(bytes, of: use.job) else {
            throw GPUError(.corrupt, "\(remote)/\(JobManifest.name) is not the one that the job announced")
        }
        let folder = self.folder(use)
        do {
            // One name for all tries, so that what an interrupted one brought is used by the next.
            let building = folder.appending(".\(use.job).pulling")
            try files.makeDirectories(building)
            let older = try newest(use)?.folder
            _ = try await pod.transfer.pull(
                manifest.transferFiles, from: remote, to: building, bases: older.map { [$0] } ?? [], progress: progress)
            try removeStrays(in: building, besides: manifest)
            try files.writeAtomically(building.appending(JobManifest.name), bytes: bytes)
            let seq = (try numbers(in: folder).max() ?? 0) + 1
            try files.rename(building, to: folder.appending(Self.name(seq)), .exclusive)
            try files.syncDirectory(folder)
            try dropOld(use)
            return HomeCheckpoint(
                use: use, seq: seq, podSeq: podSeq, manifestSHA256: digest,
                bytes: manifest.bytes)
        } catch let error as GPUError { throw error } catch {
            throw GPUError.writing(folder, error)
        }
    }

    /// The newest checkpoint of a job whose files have their digests.
    func newestVerified(_ use: PodUse) throws(GPUError) -> Saved? {
        do {
            for seq in try numbers(in: folder(use)).sorted(by: >) {
                let folder = self.folder(use).appending(Self.name(seq))
                guard let manifest = try manifest(in: folder, of: use.job) else { continue }
                let isWhole = try manifest.files.allSatisfy { name, file in
                    guard let path = FilePath(name).safeRelative else { return false }
                    return try SHA256.hex(ofFile: folder.appending(path.components)) == file.sha256
                }
                if isWhole { return Saved(seq: seq, folder: folder, manifest: manifest) }
            }
            return nil
        } catch { throw GPUError(.corrupt, "cannot read the checkpoints in \(folder(use))", cause: "\(error)") }
    }

    /// Whether the newest checkpoint of a job is the one with this manifest.
    func has(_ use: PodUse, _ digest: String?) -> Bool {
        guard let digest, let folder = try? newest(use)?.folder,
            let bytes = try? files.read(folder.appending(JobManifest.name), limit: JobManifest.limit)
        else { return false }
        return SHA256.hex(of: bytes) == digest
    }

    private func newest(_ use: PodUse) throws -> (seq: Int, folder: FilePath)? {
        for seq in try numbers(in: folder(use)).sorted(by: >) {
            let folder = self.folder(use).appending(Self.name(seq))
            if try manifest(in: folder, of: use.job) != nil { return (seq, folder) }
        }
        return nil
    }

    /// All but the newest few of the job go; those of other jobs are theirs.
    private func dropOld(_ use: PodUse) throws {
        let folder = self.folder(use)
        let own = try numbers(in: folder).sorted(by: >).filter {
            try manifest(in: folder.appending(Self.name($0)), of: use.job) != nil
        }
        for seq in own.dropFirst(Self.kept) {
            let doomed = folder.appending(".\(Self.name(seq)).old")
            try files.removeTree(doomed)
            try files.rename(folder.appending(Self.name(seq)), to: doomed, .exclusive)
            try files.removeTree(doomed)
        }
    }

    /// What an interrupted pull of another checkpoint left.
    private func removeStrays(in folder: FilePath, besides manifest: JobManifest) throws {
        for name in try files.files(below: folder) where manifest.files[name] == nil {
            try files.remove(folder.appending(FilePath(name).components))
        }
    }

    private func manifest(in folder: FilePath, of job: String) throws -> JobManifest? {
        let path = folder.appending(JobManifest.name)
        guard try files.status(path)?.kind == .regular else { return nil }
        return JobManifest(try files.read(path, limit: JobManifest.limit), of: job)
    }

    private func numbers(in folder: FilePath) throws -> [Int] {
        guard try files.status(folder) != nil else { return [] }
        return try files.list(folder).compactMap { $0.utf8.count == 6 ? Int($0) : nil }.filter { $0 > 0 }
    }

    private func folder(_ use: PodUse) -> FilePath { root.appending(use.task).appending(use.step) }

    /// Six digits.
    static func name(_ seq: Int) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}
