// Owns handing bytes to C functions that take them as characters with a count.

extension [UInt8] {
    /// The bytes as C's characters, without a NUL behind them.
    func withCharacters<Answer>(
        _ body: (_ characters: UnsafePointer<CChar>?, _ count: Int) throws(GPUError) -> Answer
    ) throws(GPUError) -> Answer {
        try withUnsafeBufferPointer { bytes throws(GPUError) in
            try body(UnsafeRawBufferPointer(bytes).baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }
}
