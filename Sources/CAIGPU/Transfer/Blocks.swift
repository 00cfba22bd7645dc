// Owns the digests of blocks, by which the two ends find out what need not be moved.
// Never decides whether a file is right: that is the whole digest's.

import CAISystem
import SystemPackage

/// Blocks of 4 KiB; a digest is the first 8 bytes of the block's SHA-256.
enum Blocks {
    static let size: Int64 = 4096
    static let digestBytes = 8

    /// How many blocks so many bytes make.
    static func count(_ bytes: Int64) -> Int { Int((bytes + size - 1) / size) }

    /// Digests of a file's blocks from an offset on. Where it ends early there are fewer; a cut block proves nothing unless the
    /// other end's is cut at the same place.
    /// - Parameter whole: bytes of the file at the other end.
    static func digests(of file: FileDescriptor, from offset: Int64, bytes: Int64, whole: Int64) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var digests: [UInt8] = []
        digests.reserveCapacity(count(bytes) * digestBytes)
        var at = offset
        while at < offset + bytes {
            let wanted = Int(min(Int64(buffer.count), offset + bytes - at))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            let got = try file.readUpTo(into: target, from: at)
            for start in stride(from: 0, to: got, by: Int(size)) {
                let block = UnsafeRawBufferPointer(rebasing: buffer[start..<min(got, start + Int(size))])
                if block.count < size, at + Int64(start + block.count) != whole { return digests }
                append(block, to: &digests)
            }
            if got < wanted { break }
            at += Int64(got)
        }
        return digests
    }

    private static func append(_ block: UnsafeRawBufferPointer, to digests: inout [UInt8]) {
        var hash = SHA256()
        hash.update(block)
        let hex = hash.hexDigest().utf8
        var value: UInt8 = 0
        for (index, digit) in hex.prefix(digestBytes * 2).enumerated() {
            value = value << 4 | (digit < 0x3a ? digit - 0x30 : digit - 0x57)
            if index % 2 == 1 { digests.append(value) }
        }
    }

    /// Cuts a piece into runs of blocks that are the same at both ends, and of others.
    /// - Parameters:
    ///   - here, there: digests from the piece's start on; blocks that only one has are not the same.
    ///   - bytes: of the piece.
    static func runs(_ here: [UInt8], _ there: [UInt8], bytes: Int64) -> [(isSame: Bool, bytes: Int64)] {
        var runs: [(isSame: Bool, bytes: Int64)] = []
        for index in 0..<count(bytes) {
            let range = index * digestBytes..<(index + 1) * digestBytes
            let isSame = range.upperBound <= min(here.count, there.count) && here[range] == there[range]
            let length = min(size, bytes - Int64(index) * size)
            if runs.last?.isSame == isSame {
                runs[runs.count - 1].bytes += length
            } else {
                runs.append((isSame, length))
            }
        }
        return runs
    }
}
