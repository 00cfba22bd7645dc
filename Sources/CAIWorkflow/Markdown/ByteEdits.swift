// Owns: changing named byte ranges of a file and nothing else.
// Every rewriter of a person's file goes through it, so what may change is what an edit says, byte for byte.
// Never decides what to change, never decodes text.

/// One replacement: what stands in `range` becomes `replacement`. An empty range inserts before its position.
public struct ByteEdit: Sendable, Equatable {
    public let range: Range<Int>
    public let replacement: [UInt8]

    public init(_ range: Range<Int>, _ replacement: [UInt8]) {
        self.range = range
        self.replacement = replacement
    }

    public init(_ range: Range<Int>, _ replacement: String) {
        self.init(range, Array(replacement.utf8))
    }
}

/// A set of replacements in one file, given in offsets of the file as it was read.
public struct ByteEdits: Sendable, Equatable {
    public private(set) var edits: [ByteEdit] = []

    public init() {}

    public var isEmpty: Bool { edits.isEmpty }

    /// Takes the edit and answers true, or false if it overlaps one that is already there. Two insertions at one
    /// position both stand, in the order of adding.
    @discardableResult
    public mutating func add(_ edit: ByteEdit) -> Bool {
        guard !edits.contains(where: { $0.range.overlaps(edit.range) }) else { return false }
        edits.append(edit)
        return true
    }

    /// `bytes` with every edit applied. A range outside `bytes` is cut to it.
    public func applied(to bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.replacement.count })
        var position = 0
        let ordered = edits.enumerated().sorted {
            ($0.element.range.lowerBound, $0.element.range.upperBound, $0.offset)
                < ($1.element.range.lowerBound, $1.element.range.upperBound, $1.offset)
        }
        for (_, edit) in ordered {
            let range = edit.range.clamped(to: position..<max(position, bytes.count))
            result += bytes[position..<range.lowerBound]
            result += edit.replacement
            position = range.upperBound
        }
        return result + bytes[position...]
    }
}
