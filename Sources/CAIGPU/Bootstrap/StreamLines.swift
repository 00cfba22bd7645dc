// Owns reading a command's output as lines or as a whole, bounded.
// Never believes that an output ends.

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
        try readPieces(limit: limit) { piece in
            all += piece
            return true
        }
        return all
    }

    /// The first line, without what ends it; all there is where nothing does.
    func readLine(limit: Int) throws(GPUError) -> [UInt8] {
        var all: [UInt8] = []
        try readPieces(limit: limit) { piece in
            all += piece
            return !piece.contains(0x0A)
        }
        return Array(all.prefix { $0 != 0x0A })
    }

    /// Line by line to the end; what is longer than a line may be comes in pieces.
    /// - Parameter seconds: after which it is given up with `.unreachable`.
    func readLines(limit: Int, seconds: Double, _ take: ([UInt8]) -> Void) throws(GPUError) {
        var rest: [UInt8] = []
        let (start, longest) = (ContinuousClock.now, 4096)
        var isLate = false
        try readPieces(limit: limit) { piece in
            rest += piece
            while let end = rest.firstIndex(of: 0x0A) ?? (rest.count > longest ? longest : nil) {
                take(Array(rest[..<end]))
                rest.removeSubrange(...end)
            }
            isLate = ContinuousClock.now - start > .seconds(seconds)
            return !isLate
        }
        if isLate { throw GPUError(.unreachable, "the pod has not come to an end for \(Int(seconds)) s") }
        if !rest.isEmpty { take(rest) }
    }

    /// - Parameter take: returns whether to go on.
    private func readPieces(limit: Int, _ take: (UnsafeRawBufferPointer) -> Bool) throws(GPUError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 16)
        defer { buffer.deallocate() }
        var total = 0
        while case let count = try read(into: buffer), count > 0 {
            total += count
            guard total <= limit else {
                throw GPUError(.corrupt, "the pod said more than the \(limit) bytes that were expected")
            }
            if !take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { return }
        }
    }
}
