// Owns reading a command's output as lines or as a whole, bounded.

import Synchronization

extension CommandStream {
    func write(_ bytes: [UInt8]) throws(GPUError) {
        try bytes.withUnsafeBytes { buffer -> Result<Void, GPUError> in
            do throws(GPUError) { return .success(try write(buffer)) } catch { return .failure(error) }
        }.get()
    }

    /// Everything up to the end of the output.
    /// - Throws: `.corrupt` where it is more than `limit` bytes.
    func readAll(limit: Int) throws(GPUError) -> [UInt8] {
        var all: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(into: buffer)
            if count == 0 { return all }
            guard all.count + count <= limit else {
                throw GPUError(.corrupt, "the pod said more than the \(limit) bytes that were expected")
            }
            all += buffer[..<count]
        }
    }

    /// Line by line; what is longer than a line may be comes in pieces.
    func readLines(_ take: (String) -> Void) throws(GPUError) {
        var rest: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(into: buffer)
            if count == 0 { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: 0x0A) ?? (rest.count > 4096 ? rest.endIndex - 1 : nil) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { take(String(decoding: rest, as: UTF8.self)) }
    }
}

/// Passes lines on and remembers the last one.
final class LastLine: Sendable {
    private let last = Mutex("")
    private let say: @Sendable (String) -> Void

    init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    var text: String { last.withLock { $0 } }

    func take(_ line: String) {
        last.withLock { $0 = line }
        say(line)
    }
}
