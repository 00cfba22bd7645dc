// Owns: what can be said against a roadmap or a reference to it, each with its line and its sentence.
// Never stops anything: contradictions are normal in a file that people keep by hand; they are reported.

/// Something in a roadmap, or in a reference to it, that a person should look at.
public enum RoadmapProblem: Sendable, Equatable {
    /// The reference is not "heading / item".
    case malformedReference(String)
    /// Nothing fits the reference; the nearest items.
    case noMatch(reference: String, nearest: [String])
    /// Several items fit the reference equally well.
    case ambiguous(reference: String, lines: [Int])
    /// A heading's marker does not say what its boxes say.
    case contradiction(heading: String, line: Int, marker: RoadmapMarker, ticked: Int, total: Int)
    /// A milestone that is not marked done has a completion date.
    case completedButOpen(heading: String, line: Int, date: String)
    /// A milestone's target date has passed.
    case overdue(heading: String, line: Int, target: String)
    /// The line that should get a date holds none, and no placeholder for one.
    case noDate(label: String, line: Int)

    /// 1-based line in the roadmap, if there is one.
    public var line: Int? {
        switch self {
        case .malformedReference, .noMatch: nil
        case .ambiguous(_, let lines): lines.first
        case .contradiction(_, let line, _, _, _), .completedButOpen(_, let line, _), .overdue(_, let line, _),
            .noDate(_, let line):
            line
        }
    }

    /// One sentence: what, and what to do about it.
    public var message: String {
        switch self {
        case .malformedReference(let text):
            "roadmap reference \"\(text)\" is not \"heading / item\"; nothing was ticked for it"
        case .noMatch(let reference, let nearest):
            "no item of the roadmap fits \"\(reference)\""
                + (nearest.isEmpty
                    ? "; it has no boxes" : "; nearest: " + nearest.map { "\"\($0)\"" }.joined(separator: ", "))
        case .ambiguous(let reference, let lines):
            "\"\(reference)\" fits several items (lines \(lines.map(String.init).joined(separator: ", "))); "
                + "nothing was ticked; name a nearer heading or more of the text"
        case .contradiction(let heading, _, let marker, let ticked, let total):
            "\"\(heading)\" is marked \(marker.rawValue) with \(ticked) of \(total) boxes ticked; the marker is left alone"
        case .completedButOpen(let heading, _, let date):
            "\"\(heading)\" is not marked \(RoadmapMarker.done.rawValue) but has the completion date \(date)"
        case .overdue(let heading, _, let target):
            "\"\(heading)\" was to be completed by \(target)"
        case .noDate(let label, _):
            "**\(label)** holds no date of the form YYYY-MM-DD and is left alone"
        }
    }
}
