// Owns one file on its way home: the partial file, what an older version lends it, and its proof.
// Never gives it its name; that is done after its bytes are on the disk.

import CAISystem
import Glibc
import Synchronization
import SystemPackage

/// Pieces arrive on several threads in any order; the digest follows them as far as they are complete.
final class IncomingFile: Sendable {
    enum Proof { case incomplete, right, wrong }

    /// Where bytes that need not be moved are taken from.
    enum Basis { case itself, base }

    private struct Hashing: ~Copyable {
        var hash: SHA256? = SHA256()
        var at: Int64 = 0
    }

    let file: TransferFile
    private let path: FilePath
    private let target: FileDescriptor
    private let base: FileDescriptor?
    private let complete = Mutex<[Int64: Int64]>([:])
    private let hashing = Mutex(Hashing())
    /// Bytes that were compared, and those that were the same: who finds nothing stops looking.
    private let luck = Mutex((compared: Int64(0), same: Int64(0)))

    /// - Parameters:
    ///   - path: of the partial file, in a folder that is there.
    ///   - base: an older version.
    init(_ file: TransferFile, at path: FilePath, base: FilePath?) throws(GPUError) {
        (self.file, self.path) = (file, path)
        do {
            target = try FileDescriptor.open(
                path, .readWrite, options: [.create, .noFollow, .closeOnExec, .nonBlocking],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw diskError("write \(path)", error)
        }
        var opened: FileDescriptor?
        do throws(GPUError) { opened = if let base { try HomeFolder.open(base) } else { nil } } catch {
            try? target.close()
            throw error
        }
        self.base = opened
    }

    deinit {
        try? target.close()
        try? base?.close()
    }

    /// What could be used for a piece, with its blocks' digests; nil where all of it has to come.
    func offer(_ piece: Piece) throws(GPUError) -> (basis: Basis, digests: [UInt8])? {
        let (compared, same) = luck.withLock { $0 }
        let isItself = target.hasData(from: piece.offset, bytes: piece.bytes)
        guard isItself || (base != nil && (compared < 16 << 20 || same > compared / 20)) else { return nil }
        do {
            let digests = try Blocks.digests(
                of: isItself ? target : base ?? target, from: piece.offset, bytes: piece.bytes, whole: file.bytes)
            return digests.isEmpty ? nil : (isItself ? .itself : .base, digests)
        } catch {
            throw diskError("read \(path)", error)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(GPUError) {
        do { _ = try target.writeAll(toAbsoluteOffset: offset, bytes) } catch {
            throw diskError("write \(path)", error)
        }
    }

    /// Takes bytes that are the same from where they are.
    func reuse(_ basis: Basis, from offset: Int64, bytes: Int64) throws(GPUError) {
        guard basis == .base, let base else { return }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(min(bytes, 1 << 18)), alignment: 16)
        defer { buffer.deallocate() }
        var at = offset
        while at < offset + bytes {
            let wanted = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<Int(min(Int64(buffer.count), offset + bytes - at))])
            do { try base.readWhole(into: wanted, from: at) } catch {
                throw diskError("read the older \(file.name)", error)
            }
            try write(UnsafeRawBufferPointer(wanted), at: at)
            at += Int64(wanted.count)
        }
    }

    /// How much of a compared piece was the same.
    func note(compared: Int64, same: Int64) {
        luck.withLock {
            $0.compared += compared
            $0.same += same
        }
    }

    /// A piece is there in full.
    /// - Returns: `.incomplete` unless it was the last one to be hashed, by this call.
    func finish(_ piece: Piece) throws(GPUError) -> Proof {
        complete.withLock { $0[piece.offset] = piece.bytes }
        if piece.bytes >= 1 << 20 { target.startWriting(from: piece.offset, bytes: piece.bytes) }
        while true {
            // One thread hashes; the others leave their pieces to it.
            let outcome = hashing.withLockIfAvailable { state in Result { () throws(GPUError) in try advance(&state) } }
            guard let outcome else { return .incomplete }
            if let proof = try outcome.get() { return proof }
            // Somebody may have brought the next piece just before the lock was free again.
            guard let at = hashing.withLockIfAvailable({ $0.hash == nil ? -1 : $0.at }),
                complete.withLock({ $0[at] != nil })
            else { return .incomplete }
        }
    }

    private func advance(_ state: inout Hashing) throws(GPUError) -> Proof? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while let bytes = complete.withLock({ [at = state.at] in $0.removeValue(forKey: at) }) {
            let end = state.at + bytes
            while state.at < end {
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<Int(min(Int64(buffer.count), end - state.at))])
                do { try target.readWhole(into: part, from: state.at) } catch { throw diskError("read \(path)", error) }
                state.hash?.update(UnsafeRawBufferPointer(part))
                state.at += Int64(part.count)
            }
        }
        guard state.at == file.bytes, let hash = state.hash.take() else { return nil }
        // It can only be longer where the name was somebody else's.
        try cut(to: file.bytes)
        return hash.hexDigest() == file.sha256 ? .right : .wrong
    }

    /// Everything has to come again.
    func startOver() throws(GPUError) {
        luck.withLock { $0 = (.max / 2, 0) }
        complete.withLock { $0 = [:] }
        hashing.withLock { $0 = Hashing() }
        try cut(to: 0)
    }

    private func cut(to bytes: Int64) throws(GPUError) {
        guard ftruncate(target.rawValue, Int(bytes)) == 0 else {
            throw diskError("write \(path)", Errno(rawValue: errno))
        }
    }

    /// Makes its bytes durable.
    func flush() throws(GPUError) {
        do { try target.flush() } catch { throw diskError("write \(path)", error) }
    }
}
