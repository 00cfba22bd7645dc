// Owns the conversion of one scalar to a Swift value, and the wording of what was expected.
// Its errors are thrown and never recorded, so that a type may try several shapes here.
// Never guesses: a quoted scalar is text, `yes` is text, and 1.0 is not a whole number.

/// One value, for types that are read as a whole.
struct SingleNodeContainer: SingleValueDecodingContainer {
    let run: DecodingRun
    let node: YAMLNode
    let codingPath: [any CodingKey]

    private var scalar: YAMLScalar? {
        if case .scalar(let scalar) = node.content { scalar } else { nil }
    }

    func decodeNil() -> Bool { node.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try run.decode(type, from: node, at: codingPath) }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = scalar?.bool else { throw mismatch("true or false") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let scalar, !scalar.isNull else { throw mismatch("text") }
        return scalar.text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let value = scalar?.double else { throw mismatch("a number") }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        guard let scalar, scalar.isInteger else { throw mismatch("a whole number") }
        guard let value = scalar.integer(as: Integer.self) else {
            throw mismatch("a whole number from \(Integer.min) to \(Integer.max)")
        }
        return value
    }

    private func mismatch(_ expected: String) -> YAMLError {
        run.mismatch(expected: expected, node, codingPath)
    }
}
