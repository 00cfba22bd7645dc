// Owns the seam of bringing files to a pod and home: many or large ones, both ways, only what is not there yet, and nothing that
// its digest does not prove.
// Never knows what a file means.

import SystemPackage

/// A file of a transfer, by its path relative to both folders. Digests are SHA-256, 64 lowercase hexadecimal digits.
public struct TransferFile: Sendable, Equatable {
    public var name: String
    public var bytes: Int64
    public var sha256: String

    public init(name: String, bytes: Int64, sha256: String) {
        (self.name, self.bytes, self.sha256) = (name, bytes, sha256)
    }
}

/// How far a transfer is.
public struct TransferProgress: Sendable, Equatable {
    /// Bytes of the files that are in place, or on their way.
    public var done: Int64
    public var total: Int64
    /// Bytes a second over the last seconds; nil at the beginning.
    public var rate: Double?
    /// Seconds left; nil where nobody can tell.
    public var eta: Double?

    public init(done: Int64, total: Int64, rate: Double? = nil, eta: Double? = nil) {
        (self.done, self.total, self.rate, self.eta) = (done, total, rate, eta)
    }
}

/// What a transfer amounted to.
public struct TransferReport: Sendable, Equatable {
    /// Bytes that crossed the line, of contents; unchanged files and unchanged pieces did not.
    public var moved: Int64
    /// Bytes of all the files.
    public var total: Int64
    public var seconds: Double

    public init(moved: Int64, total: Int64, seconds: Double) {
        (self.moved, self.total, self.seconds) = (moved, total, seconds)
    }
}

/// Bulk transfer to and from one pod.
public protocol Transfer: Sendable {
    /// Brings files home: each is verified, fsynced and renamed into place, so that whatever has its name is whole. What an
    /// interrupted transfer left is used again.
    /// - Parameters:
    ///   - files: what `remote` holds, as its manifest says; names that lead outside are refused.
    ///   - bases: folders at home that may hold an older version under the same name: only what differs is moved.
    /// - Throws: `.corrupt` where what came has another digest; `.noSpace`; `.stopped` after a cancellation.
    func pull(
        _ files: [TransferFile], from remote: FilePath, to local: FilePath, bases: [FilePath],
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport

    /// Takes files to the pod: verified there, fsynced and renamed into place.
    func push(
        _ files: [TransferFile], from local: FilePath, to remote: FilePath,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport
}
