// Owns: a review's lines together with what the severity recognisers say about each, worked out once.
// Walking back and forth over a review then costs nothing but looking.
// Never decides where a finding ends.

/// The lines of a review with their marks; all arrays are of one length.
struct MarkedLines: Sendable {
    let lines: [ReviewLine]
    /// The line is a finding with a severity of its own.
    let marks: [SeverityMark?]
    /// The line is a heading over findings of that severity.
    let groups: [Severity?]
    /// The line begins with a field of a finding: `Impact: …`.
    let isField: [Bool]
    /// The lines at which findings begin that name their severity in a field.
    private(set) var starts: [Int: Severity] = [:]

    init(_ lines: [ReviewLine]) {
        self.lines = lines
        marks = lines.map(SeverityMark.finding)
        groups = lines.map(SeverityMark.group)
        isField = lines.map(FindingFields.begins)
        starts = SeverityFieldReader(self).starts
    }
}

extension ReviewLine {
    var isRow: Bool {
        if case .row = kind { return true }
        return false
    }

    var isNumbered: Bool {
        if case .item(_, let isNumbered) = kind { return isNumbered }
        return false
    }
}
