// Owns: reading a table of findings: which column is which, and one finding for each row.
// A table of counts or of definitions has no column for a finding's title and gives none.
// Never looks outside the table.

struct FindingTable {
    struct Row {
        let severity: Severity
        let title: String
        let location: String?
        let impact: String?
        let suggestion: String?
        let cells: [String]
        /// 1-based.
        let line: Int
    }

    private(set) var rows: [Row] = []

    /// - Parameter severity: of the heading above the table, where rows need not name one.
    init(_ lines: ArraySlice<ReviewLine>, severity: Severity?) {
        let table = lines.map { line -> (number: Int, cells: [String]) in
            if case .row(let cells) = line.kind { return (line.number, cells) }
            return (line.number, [])
        }
        guard let header = table.first?.cells, table.count > 2, table[1].cells.allSatisfy(Self.isRule) else { return }
        let names = header.map { SeverityMark.words($0).joined(separator: " ") }
        let severityColumn = names.firstIndex { ["severity", "sev", "level", "severity level"].contains($0) }
        let titles = [
            "issue", "finding", "title", "problem", "concern", "bug", "summary", "description", "item", "what",
        ]
        guard let titleColumn = titles.lazy.compactMap({ names.firstIndex(of: $0) }).first else { return }
        let fields = header.map(FindingFields.name)
        let isDefinition = names.count == 2 && severityColumn != nil && names[titleColumn] == "description"
        guard severityColumn != nil || severity != nil, !isDefinition else { return }
        for (number, cells) in table.dropFirst(2) {
            func cell(_ column: Int?) -> String? {
                guard let column, cells.indices.contains(column), !cells[column].isEmpty else { return nil }
                return cells[column]
            }
            func field(_ name: FindingFields.Name) -> String? {
                cell(fields.firstIndex(of: name)).flatMap {
                    $0.contains(where: { $0.isLetter || $0.isNumber }) ? $0 : nil
                }
            }
            let own = cell(severityColumn).flatMap(SeverityMark.value)
            guard let rank = own ?? (severityColumn == nil ? severity : nil), let title = cell(titleColumn),
                title.contains(where: \.isLetter), !FindingText.isNothing(title), !FindingText.isCount(title)
            else { continue }
            if let status = field(.status), FindingText.isSettledWord(InlineText.withoutSigns(status)) { continue }
            rows.append(
                Row(
                    severity: rank, title: title, location: field(.location), impact: field(.impact),
                    suggestion: field(.suggestion), cells: cells, line: number))
        }
    }

    private static func isRule(_ cell: String) -> Bool { !cell.isEmpty && cell.allSatisfy { "-:–—".contains($0) } }
}
