// Owns what people have saved: every save carries a mark of its own, and is a text that must stand somewhere, whole, until
// its writer overwrites it.
// Never reads a disk; it is shown texts.

/// Saved texts by their marks.
struct InterleavingLedger: Sendable {
    struct Save: Sendable {
        var lines: [String]
        /// Whether a power loss may not take it any more.
        var isDurable = false
    }
    private(set) var saves: [Int: Save] = [:]
    /// Texts whose task was completed and that nobody has put into `pending/` again: the tasks, `queue/name`, by mark.
    private var completed: [Int: Set<String>] = [:]
    private var count = 0
    /// The mark that a file's bytes hold whole; the same bytes are compared once.
    private var known: [[UInt8]: Int] = [:]

    static let prefix = "mark "

    mutating func nextMark() -> String {
        count += 1
        return "\(Self.prefix)\(count)"
    }

    static func label(_ text: String) -> String { mark(text).map { "\(prefix)\($0)" } ?? "no mark" }

    static func mark(_ bytes: [UInt8]) -> Int? { mark(String(decoding: bytes, as: UTF8.self)) }

    private static func mark(_ text: String) -> Int? {
        for line in text.utf8.split(separator: 10) where line.starts(with: prefix.utf8) {
            return Int(String(Substring(line.dropFirst(prefix.utf8.count))))
        }
        return nil
    }

    /// - Parameter isTicked: whether the daemon may change lines of it: then the mark alone must stand.
    mutating func save(_ text: String, isTicked: Bool = false) {
        guard let mark = Self.mark(text) else { return }
        saves[mark] = Save(lines: isTicked ? ["\(Self.prefix)\(mark)"] : Self.lines(text))
    }

    /// The person overwrites a file that holds these bytes.
    mutating func release(_ bytes: [UInt8]) {
        if let mark = Self.mark(bytes) { saves[mark] = nil }
    }

    /// A person puts this text into `pending/`.
    mutating func wanted(_ bytes: [UInt8]) {
        if let mark = Self.mark(bytes) { completed[mark] = nil }
    }

    mutating func complete(_ task: String, _ bytes: [UInt8]) {
        if let mark = Self.mark(bytes) { completed[mark, default: []].insert(task) }
    }

    func isCompleted(_ task: String, _ bytes: [UInt8]) -> Bool {
        Self.mark(bytes).map { completed[$0, default: []].contains(task) } ?? false
    }

    /// These bytes may not be lost any more, whatever happens to the machine.
    mutating func isDurable(_ bytes: [UInt8]) {
        if let mark = mark(wholeIn: bytes) { saves[mark]?.isDurable = true }
    }

    /// The marks of saves that stand whole in some of these files.
    mutating func standing(in files: [[UInt8]]) -> Set<Int> { Set(files.compactMap { mark(wholeIn: $0) }) }

    /// Forgets what the power loss took, of what it was allowed to take.
    mutating func powerLost(_ files: [[UInt8]]) {
        let standing = standing(in: files)
        saves = saves.filter { $0.value.isDurable || standing.contains($0.key) }
    }

    /// The save that stands in these bytes: all its lines, in their order, whatever lines are between them.
    private mutating func mark(wholeIn bytes: [UInt8]) -> Int? {
        if let mark = known[bytes] { return mark }
        guard let mark = Self.mark(bytes), let save = saves[mark] else { return nil }
        var rest = save.lines[...]
        for line in Self.lines(String(decoding: bytes, as: UTF8.self)) where line == rest.first { rest.removeFirst() }
        guard rest.isEmpty else { return nil }
        known[bytes] = mark
        return mark
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}
