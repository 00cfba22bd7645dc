// Owns: what a table's cell or a line says in dollars: `$0`, `~$20`, `$1,234.50`, `**$5** (dev only)`, `-`, `TBD`.
// Counts in whole cents, so that a sum is what a person adds up by hand.
// Never guesses: a range, a rate, another currency or a sentence is no amount.

/// An amount, or the place for one.
struct BudgetAmount {
    /// Nil where a placeholder stands, or nothing.
    let cents: Int?
    /// What a new amount replaces. Emphasis and remarks around it stay.
    let range: Range<Int>
    /// `$`, or `\$` where it is written so.
    private let sign: String

    /// The amount that a cell's text is. Nil if it says something else.
    static func cell(_ bytes: [UInt8], _ text: Range<Int>) -> BudgetAmount? {
        var range = text
        while let first = bytes[range].first, isEmphasis(first) { range = range.dropFirst() }
        while let last = bytes[range].last, isEmphasis(last) { range = range.dropLast() }
        if RoadmapLabel.isPlaceholder(String(decoding: bytes[range], as: UTF8.self)) {
            return BudgetAmount(cents: nil, range: range, sign: "$")
        }
        guard let amount = leading(bytes, range) else { return nil }
        let rest = bytes[amount.range.upperBound..<range.upperBound].drop { LineCursor.isSpace($0) || isEmphasis($0) }
        // Only a remark in brackets leaves it an amount; "$5 per day" and "$5 - $9" are none.
        return rest.isEmpty || rest.first == UInt8(ascii: "(") ? amount : nil
    }

    /// The amount at the beginning of a text, whatever follows it.
    static func leading(_ bytes: [UInt8], _ text: Range<Int>) -> BudgetAmount? {
        var rest = bytes[text]
        for mark in ["~", "≈"] where rest.starts(with: mark.utf8) { rest = rest.dropFirst(mark.utf8.count) }
        rest = rest.drop(while: LineCursor.isSpace)
        guard let sign = ["$", "\\$"].first(where: { rest.starts(with: $0.utf8) }) else { return nil }
        rest = rest.dropFirst(sign.utf8.count)
        let whole = rest.prefix { LineCursor.isDigit($0) || $0 == UInt8(ascii: ",") }
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: LineCursor.isDigit)
            rest = fraction.isEmpty ? rest : rest.dropFirst(1 + fraction.count)
        }
        let digits = whole.filter(LineCursor.isDigit) + fraction.prefix(2) + Array("00".utf8.dropFirst(fraction.count))
        // What stands right behind it may make it another number: `$5k`, `$2.69/h`, `$20-30`.
        let isAlone = rest.first.map { LineCursor.isSpace($0) || ")]*_`,;".utf8.contains($0) } ?? true
        // `$1,000` is a thousand; `$5,50` is nothing that everyone reads alike.
        let groups = whole.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(\.count)
        let isGrouped = groups[0] <= 3 && groups.dropFirst().allSatisfy { $0 == 3 }
        guard groups[0] > 0, groups.count == 1 || isGrouped, digits.count <= 12, isAlone,
            let cents = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return BudgetAmount(cents: cents, range: text.lowerBound..<rest.startIndex, sign: sign)
    }

    /// The text for another amount in its place: `$0`, `$6.10`.
    func text(cents: Int) -> String { sign + (cents == 0 ? "0" : String(USD.text(Double(cents) / 100).dropFirst())) }

    /// Whole cents; what is no sum of money is none.
    static func cents(_ usd: Double) -> Int { usd > 0 && usd < 1e12 ? Int((usd * 100).rounded()) : 0 }

    private static func isEmphasis(_ byte: UInt8) -> Bool { "*_`".utf8.contains(byte) }
}
