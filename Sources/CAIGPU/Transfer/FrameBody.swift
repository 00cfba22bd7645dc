// Owns numbers and names in a frame's body: big-endian, names with their length.
// Never reads beyond the body.

/// A body being put together.
struct FrameBody {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: some BinaryInteger, bytes count: Int) {
        for shift in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }

    mutating func add(name: String) {
        add(name.utf8.count, bytes: 2)
        bytes += name.utf8
    }

    mutating func add(_ raw: some Sequence<UInt8>) { bytes += raw }
}

/// A body being read.
struct FrameFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    /// A number of at most 8 bytes that is not negative; nil where the body ends before, or the number is larger than that.
    mutating func number(bytes count: Int) -> Int64? {
        guard rest.count >= count else { return nil }
        let value = rest.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
        return Int64(exactly: value)
    }
}
