// Owns what an unquoted word means: YAML 1.2's core schema, so that `no` is text and `true` is a boolean.
// Quoted and block scalars are always text.
// Never reads a date: a date stays text.

/// A scalar as it was written.
public struct YAMLScalar: Sendable, Hashable {
    /// The text, after quotes, escapes and folding are undone.
    public let text: String
    /// Whether it was written without quotes and not as a block, so that it may be something else than text.
    public let isPlain: Bool

    /// `~`, `null`, or nothing at all.
    public var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }

    /// `true` or `false`; nil for any other word, `yes` and `on` included.
    public var bool: Bool? {
        guard isPlain else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    /// Whether it is written as a whole number, of any size: decimal, `0x…` or `0o…`.
    public var isInteger: Bool {
        guard isPlain else { return false }
        if let digits = text.after("0x") { return digits.isNonEmpty(\.isHexDigit) }
        if let digits = text.after("0o") { return digits.isNonEmpty { ("0"..."7").contains($0) } }
        return text.withoutSign.isNonEmpty(\.isDecimalDigit)
    }

    /// The whole number, or nil where it is none or does not fit.
    public func integer<Integer: FixedWidthInteger>(as type: Integer.Type) -> Integer? {
        guard isInteger else { return nil }
        if let digits = text.after("0x") { return Integer(digits, radix: 16) }
        if let digits = text.after("0o") { return Integer(digits, radix: 8) }
        return Integer(text)
    }

    /// The number, whole or not, `.inf` and `.nan` included.
    public var double: Double? {
        guard isPlain else { return nil }
        if isInteger { return integer(as: Int.self).map(Double.init) ?? Double(text) }
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .infinity
        case "-.inf", "-.Inf", "-.INF": return -.infinity
        case ".nan", ".NaN", ".NAN": return .nan
        default: return text.isDecimalFraction ? Double(text) : nil
        }
    }

    var summary: String {
        if isNull { return "nothing" }
        if bool != nil { return "the boolean \(text)" }
        if double != nil { return "the number \(text)" }
        return "the text \(text.quotedForMessage)"
    }
}

extension StringProtocol {
    fileprivate func after(_ prefix: String) -> SubSequence? {
        starts(with: prefix) ? dropFirst(prefix.count) : nil
    }

    fileprivate var withoutSign: SubSequence {
        first == "-" || first == "+" ? dropFirst() : self[...]
    }

    fileprivate func isNonEmpty(_ holds: (Character) -> Bool) -> Bool { !isEmpty && allSatisfy(holds) }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, as the core schema has it.
    fileprivate var isDecimalFraction: Bool {
        var mantissa = withoutSign[...]
        if let e = mantissa.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            guard mantissa[mantissa.index(after: e)...].withoutSign.isNonEmpty(\.isDecimalDigit) else { return false }
            mantissa = mantissa[..<e]
        }
        let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.allSatisfy { $0.allSatisfy(\.isDecimalDigit) } && parts.contains { !$0.isEmpty }
    }
}

extension Character {
    fileprivate var isDecimalDigit: Bool { ("0"..."9").contains(self) }
}
