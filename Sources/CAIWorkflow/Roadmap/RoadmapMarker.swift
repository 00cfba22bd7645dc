// Owns: the progress markers ✅ ⏳ 📋 🚨, the words that go with them, and the rule by which boxes roll up.
// Never looks at a file; where in a heading a marker stands is found by HeadingMarker.

/// A progress marker as people put it into a roadmap's headings.
public enum RoadmapMarker: String, Sendable, CaseIterable {
    case done = "✅"
    case doing = "⏳"
    case todo = "📋"
    /// A person's alarm. Boxes never roll up to it, so it is never set and never taken away by a rewriter.
    case alarm = "🚨"

    /// All boxes ticked: done; none: todo; else doing.
    public static func rollUp(ticked: Int, of total: Int) -> RoadmapMarker {
        ticked == total ? .done : ticked == 0 ? .todo : .doing
    }

    /// Whether a heading with this marker tells the truth about its boxes. ⏳ over boxes none of which is ticked yet
    /// does: the work has begun (the roadmaps' own legend says "Started work? → Change 📋 to ⏳").
    func agrees(ticked: Int, of total: Int) -> Bool {
        self == Self.rollUp(ticked: ticked, of: total) || (self == .doing && ticked == 0 && total > 0)
    }
}

/// The word after a marker, in the letter case it was found in.
struct StateWord {
    /// Longest first, so that "In Progress" is not read as something shorter.
    static let words: [(text: String, marker: RoadmapMarker)] = [
        ("IN PROGRESS", .doing), ("DOING", .doing), ("TODO", .todo), ("DONE", .done),
    ]

    /// The same state word for another marker, in the letter case of `old`: `TODO` → `DOING`, `Todo` → `Doing`.
    static func replacement(for old: String, by marker: RoadmapMarker) -> String? {
        guard let new = words.last(where: { $0.marker == marker })?.text else { return nil }
        if old == old.uppercased() { return new }
        if old == old.lowercased() { return new.lowercased() }
        return new.prefix(1) + new.dropFirst().lowercased()
    }
}
