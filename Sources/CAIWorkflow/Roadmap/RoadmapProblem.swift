// Owns: what can be said against a roadmap or a reference to it, each with its line and its sentence.
// Never stops anything: contradictions are normal in a file that people keep by hand; they are reported.

/// An item that a reference might mean.
public struct RoadmapCandidate: Sendable, Equatable {
    /// "heading / item", as a reference names it.
    public let name: String
    /// 1-based.
    public let line: Int
}

/// Something in a roadmap, or in a reference to it, that a person should look at.
public enum RoadmapProblem: Error, Sendable, Equatable {
    /// The reference is not "heading / item".
    case malformedReference(String)
    /// Nothing fits the reference; the nearest items, three at most.
    case noMatch(reference: String, nearest: [RoadmapCandidate])
    /// Several items fit the reference equally well.
    case ambiguous(reference: String, items: [RoadmapCandidate])
    /// The item that is to be done is ticked.
    case alreadyTicked(RoadmapCandidate)
    /// A heading's marker does not say what its boxes say.
    case contradiction(heading: String, line: Int, marker: RoadmapMarker, ticked: Int, total: Int)
    /// A milestone that is not marked done has a completion date.
    case completedButOpen(heading: String, line: Int, date: String)
    /// A milestone's target date has passed.
    case overdue(heading: String, line: Int, target: String)
    /// The line that should get a date holds none, and no placeholder for one.
    case noDate(label: String, line: Int)
    /// The budget table says something that the roadmap or the ledger does not.
    case budget(BudgetProblem)

    /// 1-based line in the roadmap, if there is one.
    public var line: Int? {
        switch self {
        case .malformedReference, .noMatch: nil
        case .ambiguous(_, let items): items.first?.line
        case .alreadyTicked(let item): item.line
        case .budget(let problem): problem.line
        case .contradiction(_, let line, _, _, _), .completedButOpen(_, let line, _), .overdue(_, let line, _),
            .noDate(_, let line):
            line
        }
    }

    /// One sentence: what, and what to do about it.
    public var message: String {
        switch self {
        case .malformedReference(let text): "roadmap reference \"\(text)\" is not \"heading / item\""
        case .noMatch(let reference, let nearest):
            "no item of the roadmap fits \"\(reference)\""
                + (nearest.isEmpty ? "; it has no boxes under headings" : "; nearest: " + Self.list(nearest))
        case .ambiguous(let reference, let items):
            "\"\(reference)\" fits \(items.count) items: \(Self.list(items)); name a nearer heading or more of the text"
        case .alreadyTicked(let item): "\"\(item.name)\" (line \(item.line)) is ticked already"
        case .contradiction(let heading, _, let marker, let ticked, let total):
            "\"\(heading)\" is marked \(marker.rawValue) with \(ticked) of \(total) boxes ticked; the marker is left alone"
        case .completedButOpen(let heading, _, let date):
            "\"\(heading)\" is not marked \(RoadmapMarker.done.rawValue) but has the completion date \(date)"
        case .overdue(let heading, _, let target):
            "\"\(heading)\" was to be completed by \(target)"
        case .noDate(let label, _):
            "**\(label)** holds no date of the form YYYY-MM-DD and is left alone"
        case .budget(let problem): problem.message
        }
    }

    private static func list(_ items: [RoadmapCandidate]) -> String {
        let shown = items.prefix(3).map { "\"\($0.name)\" (line \($0.line))" }.joined(separator: ", ")
        return items.count > 3 ? shown + " and \(items.count - 3) more" : shown
    }
}
