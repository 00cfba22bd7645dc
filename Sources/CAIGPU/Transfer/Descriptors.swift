// Owns what transfers need of an open file: whole reads and writes at a place, holes, early write-back.
// Never opens one.

import Glibc
import SystemPackage

/// SEEK_DATA of lseek(2), which glibc shows to those only who ask for its extensions.
private let seekData: Int32 = 3

extension FileDescriptor {
    /// Fills the buffer, or as much of it as the file has from there on.
    func readUpTo(into buffer: UnsafeMutableRawBufferPointer, from offset: Int64) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = try read(
                fromAbsoluteOffset: offset + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            )
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Fills the buffer.
    /// - Throws: `Errno.invalidArgument` where the file ends before.
    func readWhole(into buffer: UnsafeMutableRawBufferPointer, from offset: Int64) throws {
        guard try readUpTo(into: buffer, from: offset) == buffer.count else { throw Errno.invalidArgument }
    }

    func facts() throws -> Glibc.stat {
        var raw = Glibc.stat()
        guard fstat(rawValue, &raw) == 0 else { throw Errno(rawValue: errno) }
        return raw
    }

    /// Whether anything was ever written there: a partial file has holes where nothing has come yet.
    func hasData(from offset: Int64, bytes: Int64) -> Bool {
        let found = Glibc.lseek(rawValue, Int(offset), seekData)
        return found >= 0 ? found < Int(offset + bytes) : errno != ENXIO
    }

    /// Asks for a range to be written to the disk soon, so that the flush at the end does not have to do it all.
    func startWriting(from offset: Int64, bytes: Int64) {
        posix_fadvise(rawValue, Int(offset), Int(bytes), POSIX_FADV_DONTNEED)
    }

    func flush() throws { if fsync(rawValue) != 0 { throw Errno(rawValue: errno) } }
}
