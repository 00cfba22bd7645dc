// Owns following the two output files of a program: how much there is, and a copy of what is new in the log.
// The program writes into files and not into pipes, so that nothing of this is needed for it to go on.
// Never interprets output. A log that cannot be written stops nothing.

import SystemPackage

/// Both streams of one program and the log that they are copied to.
struct OutputCopy {
    private var streams: [(file: FileDescriptor, offset: Int64)]
    private let log: FileDescriptor?
    /// Bytes after which nothing is copied any more.
    private let limit: Int
    /// Bytes seen so far.
    private(set) var bytes = 0

    /// - Parameter streams: open for reading; they stay open.
    init(streams: [FileDescriptor], log: FilePath, limit: Int) {
        self.streams = streams.map { ($0, 0) }
        self.limit = limit
        self.log = try? FileDescriptor.open(
            log, .writeOnly, options: [.append, .create, .noFollow, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }

    /// Copies what is new.
    /// - Returns: whether there was anything.
    mutating func copy() -> Bool {
        let before = bytes
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        for index in streams.indices {
            let file = streams[index].file
            // `> /dev/stderr` in a shell script cuts the file off: what comes is new from its start.
            if let size = try? file.seek(offset: 0, from: .end), size < streams[index].offset {
                streams[index].offset = 0
            }
            while bytes <= limit {
                let offset = streams[index].offset
                let count =
                    (try? buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }) ?? 0
                if count == 0 { break }
                _ = try? log?.writeAll(buffer[..<count])
                streams[index].offset += Int64(count)
                bytes += count
            }
        }
        return bytes > before
    }
}
