// Owns: telling a review from what a reviewer's program prints when it did not work.
// Only errors, stack traces, usage text and the program's own messages are no review; any other words are one.
// Never judges what a review says.

/// Judges what a reviewer's program printed.
public enum ReviewOutput {
    /// The program answered nothing; the review has failed and may be tried again.
    public struct Dead: Sendable, Hashable, CustomStringConvertible {
        /// One line for people.
        public let why: String
        public var description: String { why }
    }

    /// Why the output is no review, or nil if it is one.
    public static func judge(_ text: [UInt8]) -> Dead? {
        let lines = withoutColours(String(decoding: text, as: UTF8.self)).lines.map(\.printable)
        let spoken = lines.filter { $0.contains { !$0.isWhitespace } }
        guard !spoken.isEmpty else {
            return Dead(why: text.isEmpty ? "it printed nothing" : "it printed only white space")
        }
        guard spoken.contains(where: { $0.contains { $0.isLetter || $0.isNumber } }) else {
            return Dead(why: "it printed no words")
        }
        var noise = ProgramNoise()
        let rest = spoken.filter { !noise.takes($0) }
        let words = rest.reduce(0) { $0 + $1.split { !$0.isLetter }.count }
        if words == 0 {
            let first = noise.firstError ?? spoken.first ?? ""
            return Dead(
                why: "it printed only \(noise.firstError == nil ? "messages of its own" : "an error"): \(cut(first))")
        }
        guard let error = noise.firstError, words < 25 else { return nil }
        // A few words beside an error: a hint of the program's, unless they are a verdict.
        let isReview = ReviewResponse.parse(Array(rest.joined(separator: "\n").utf8)).verdict.line != nil
        return isReview ? nil : Dead(why: "it printed only an error: \(cut(error))")
    }

    private static func cut(_ text: String) -> String { PlainText.line(text, limit: 200) }

    /// The text without the escape sequences of terminals.
    private static func withoutColours(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\u{1B}" else {
                result.append(scalar)
                continue
            }
            guard rest.first == "[" else { continue }
            rest.removeFirst()
            while let next = rest.popFirst(), !("@"..."~").contains(next) {}
        }
        return String(result)
    }
}
