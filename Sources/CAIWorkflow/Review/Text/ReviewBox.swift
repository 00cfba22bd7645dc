// Owns: boxes in a line of a review, `[x] Approved [ ] Issues Found`, in a list or not, also as ☑ and ☐.
// Only a ticked box says something; what stands behind it goes to the next box.
// Never decides what the text behind a box means.

/// A box and its text.
struct ReviewBox: Sendable, Equatable {
    let isTicked: Bool
    let text: String

    /// The boxes of a line, in order.
    static func read(_ plain: String) -> [ReviewBox] {
        var boxes: [ReviewBox] = []
        var rest = plain[...]
        while let (start, end, isTicked) = next(in: rest) {
            if let last = boxes.popLast() {
                boxes.append(ReviewBox(isTicked: last.isTicked, text: clean(last.text + rest[..<start])))
            }
            boxes.append(ReviewBox(isTicked: isTicked, text: ""))
            rest = rest[end...]
        }
        if let last = boxes.popLast() {
            boxes.append(ReviewBox(isTicked: last.isTicked, text: clean(last.text + rest)))
        }
        return boxes
    }

    /// Whether the line begins with a box.
    static func isBoxed(_ plain: String) -> Bool {
        next(in: plain[...]).map { $0.start == plain.startIndex } ?? false
    }

    /// The line without the box it begins with.
    static func withoutBox(_ plain: String) -> String {
        guard let (start, end, _) = next(in: plain[...]), start == plain.startIndex else { return plain }
        return String(plain[end...].drop(while: \.isWhitespace))
    }

    private static func next(in text: Substring) -> (start: String.Index, end: String.Index, isTicked: Bool)? {
        var index = text.startIndex
        while index < text.endIndex {
            let rest = text[index...].prefix(3)
            if let first = rest.first, "☑✓☒☐".contains(first), first != "✓" {
                return (index, text.index(after: index), first != "☐")
            }
            if rest.first == "[" {
                let inner = rest.dropFirst()
                if inner.first == "]" { return (index, text.index(index, offsetBy: 2), false) }
                if let mark = inner.first, inner.dropFirst().first == "]", " xX✓✔✅-~_☑".contains(mark) {
                    return (index, text.index(index, offsetBy: 3), "xX✓✔✅☑".contains(mark))
                }
            }
            index = text.index(after: index)
        }
        return nil
    }

    private static func clean(_ text: String) -> String {
        String(text.trimmingSpace.drop { "|/,".contains($0) }).trimmingSpace
    }
}

extension String {
    fileprivate var trimmingSpace: String {
        let front = drop { $0.isWhitespace }
        return String(front.reversed().drop { $0.isWhitespace || "|/,".contains($0) }.reversed())
    }
}
