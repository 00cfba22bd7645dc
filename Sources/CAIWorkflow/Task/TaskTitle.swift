// Owns: what a heading says about its task besides the title itself: `Task:`, `P0:`, `CANCELLED:`, `- COMPLETED`.
// The marks are taken off at both ends until none is left.
// Never decides whether a heading is the title.

/// A heading taken apart.
struct TaskTitle {
    /// What is left; the whole heading where nothing else would be.
    let text: String
    private(set) var priority: Priority?
    private(set) var isCancelled = false
    /// Whether it began with `Task:`, a priority or CANCELLED.
    private(set) var isMarkedAsTask = false

    init(_ heading: String) {
        var rest = Self.trimmed(heading[...])
        var isCancelled = false
        while let colon = rest.firstIndex(of: ":") {
            let mark = Self.trimmed(rest[..<colon]).filter { !"*_[]".contains($0) }.uppercased()
            if let priority = Priority(word: mark), mark.count == 2 {
                self.priority = priority
            } else if mark == "CANCELLED" || mark == "CANCELED" {
                isCancelled = true
            } else if mark != "TASK" {
                break
            }
            isMarkedAsTask = true
            rest = Self.trimmed(rest[rest.index(after: colon)...])
        }
        while let (mark, before) = Self.closingMark(of: rest) {
            isCancelled = isCancelled || mark.hasPrefix("CANCEL")
            rest = before
        }
        self.isCancelled = isCancelled
        text = (rest.isEmpty ? heading : String(rest)).printable
    }

    /// A state word at the end, behind a dash or in brackets, or a sign such as ✅.
    private static func closingMark(of text: Substring) -> (mark: String, before: Substring)? {
        if let last = text.last, "✅⏳📋🚨❌".contains(last) { return ("", trimmed(text.dropLast())) }
        guard let word = text.split(whereSeparator: \.isWhitespace).last else { return nil }
        let bare = word.filter(\.isLetter)
        guard ["COMPLETED", "COMPLETE", "DONE", "CANCELLED", "CANCELED", "DEFERRED", "OBSOLETE"].contains(bare) else {
            return nil
        }
        let before = trimmed(text[..<word.startIndex])
        if word.first == "(" || word.first == "[" { return (bare, before) }
        guard let dash = before.last, "-–—:✅❌".contains(dash) else { return nil }
        return (bare, trimmed(before.dropLast()))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let front = text.drop(while: \.isWhitespace)
        let spaces = front.reversed().prefix(while: \.isWhitespace).count
        return front.dropLast(spaces)
    }
}
