// Owns: what can be said against the budget table, each with its line and its sentence.
// Never stops anything; what is reported here is left as a person wrote it.

/// Something in the budget table that a person should look at. Amounts are in cents.
public enum BudgetProblem: Sendable, Equatable {
    /// A row is about no heading, or about several.
    case unmatchedRow(label: String, line: Int, headings: [String])
    /// Several rows are about one heading.
    case twinRows(heading: String, lines: [Int])
    /// The table says more than the ledger.
    case amountDiffers(label: String, line: Int, table: Int, ledger: Int)
    /// A cell that should get an amount holds none, and no placeholder for one.
    case noAmount(label: String, line: Int, text: String, ledger: Int)
    /// The table and the roadmap's heading mark a milestone differently.
    case statusDiffers(label: String, line: Int, table: RoadmapMarker, heading: RoadmapMarker)
    /// A `**Budget**:` line names another sum than the table's estimate.
    case estimateDiffers(label: String, line: Int, table: Int, textLine: Int, text: Int)

    /// 1-based line in the roadmap.
    public var line: Int {
        switch self {
        case .twinRows(_, let lines): lines.first ?? 1
        case .unmatchedRow(_, let line, _), .amountDiffers(_, let line, _, _), .noAmount(_, let line, _, _),
            .statusDiffers(_, let line, _, _), .estimateDiffers(_, let line, _, _, _):
            line
        }
    }

    /// One sentence: what, and what became of it.
    public var message: String {
        switch self {
        case .unmatchedRow(let label, let line, let headings):
            "the budget table's row \"\(label)\" (line \(line)) is about no single heading"
                + (headings.isEmpty ? "" : " but fits " + headings.map { "\"\($0)\"" }.joined(separator: ", "))
                + "; its cells are left alone"
        case .twinRows(let heading, let lines):
            "several rows of the budget table (lines \(lines.map(String.init).joined(separator: ", "))) are about "
                + "\"\(heading)\"; their cells are left alone"
        case .amountDiffers(let label, let line, let table, let ledger):
            "the budget table says \(Self.dollars(table)) for \"\(label)\" (line \(line)), the ledger "
                + "\(Self.dollars(ledger)); the cell is left alone"
        case .noAmount(let label, let line, let text, let ledger):
            "the ledger has \(Self.dollars(ledger)) for \"\(label)\" (line \(line)), but \"\(text)\" in the budget "
                + "table is no amount; the cell is left alone"
        case .statusDiffers(let label, let line, let table, let heading):
            "the budget table marks \"\(label)\" (line \(line)) \(table.rawValue), the heading \(heading.rawValue)"
        case .estimateDiffers(let label, let line, let table, let textLine, let text):
            "**Budget** in line \(textLine) says \(Self.dollars(text)), the budget table estimates "
                + "\(Self.dollars(table)) for \"\(label)\" (line \(line))"
        }
    }

    private static func dollars(_ cents: Int) -> String { USD.text(Double(cents) / 100) }
}
