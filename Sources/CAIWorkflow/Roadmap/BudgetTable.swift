// Owns: finding the budget table of a roadmap, and what each of its rows is about.
// It is the one table with an Actual column that counts dollars; of several, the one under a heading that says "budget".
// Never takes a table of hours for one, and never applies an edit.

/// The budget table of a roadmap.
struct BudgetTable {
    struct Row {
        let cells: RoadmapTable.Row
        /// The first cell, emphasis and markers left out.
        let label: String
        /// The sections its label fits; it is about a section only if there is exactly one.
        let sections: [Roadmap.Section]
    }

    let table: RoadmapTable
    /// The rows that say what they are about; the total is none of them.
    let rows: [Row]
    let total: Row?
    let actual: Int
    let status: Int?
    let estimated: Int?

    /// The row about a section; nil too if several are.
    func row(about section: Roadmap.Section) -> Row? {
        let found = rows(about: section)
        return found.count == 1 ? found[0] : nil
    }

    func rows(about section: Roadmap.Section) -> [Row] {
        rows.filter { $0.sections.count == 1 && $0.sections[0].index == section.index }
    }

    /// Nil if there is none, or if nobody can tell which of several it is.
    static func find(in roadmap: Roadmap) -> BudgetTable? {
        let tables = RoadmapTable.all(in: roadmap.lines, of: roadmap.bytes).compactMap { BudgetTable($0, roadmap) }
        if tables.count == 1 { return tables[0] }
        let named = tables.filter { table in
            let above = roadmap.sections.last { $0.line < table.table.header.line }
            return roadmap.ancestry(of: above?.index).contains { $0.title.lowercased().contains("budget") }
        }
        return named.count == 1 ? named[0] : nil
    }

    private init?(_ table: RoadmapTable, _ roadmap: Roadmap) {
        func text(_ cell: RoadmapTable.Cell) -> String {
            RoadmapText.display(String(decoding: roadmap.bytes[cell.text], as: UTF8.self))
        }
        let headers = table.header.cells.map { text($0).lowercased().split { !$0.isLetter } }
        let money: Set<Substring> = ["cost", "costs", "spend", "spending", "spent", "usd"]
        let actual = headers.firstIndex { $0.first == "actual" && money.isSuperset(of: $0.dropFirst()) }
        let countsDollars = ([table.header] + table.rows).contains { row in
            row.cells.contains { roadmap.bytes[$0.text].contains(UInt8(ascii: "$")) }
        }
        guard let actual, actual > 0, countsDollars else { return nil }
        let rows = table.rows.map { row in
            let label = text(row.cells[0])
            return Row(cells: row, label: label, sections: label.isEmpty ? [] : roadmap.sections(named: label))
        }
        func isTotal(_ row: Row) -> Bool {
            let words = row.label.lowercased().split { !$0.isLetter }.joined(separator: " ")
            return ["total", "totals", "grand total", "sum", "overall"].contains(words) && row.sections.isEmpty
        }
        self.table = table
        self.actual = actual
        status = headers.firstIndex { $0 == ["status"] }
        estimated = headers.firstIndex { ["estimate", "estimated", "budget", "budgeted"].contains($0.first ?? "") }
        total = rows.last(where: isTotal)
        self.rows = rows.filter { !$0.label.isEmpty && !isTotal($0) }
    }
}

extension BudgetTable {
    /// The edit that brings a row's Status cell up to a state. Nil where it says so already, says more (a person's ✅
    /// is not taken back, nor is 🚨), or says something that is no state.
    func statusEdit(_ row: Row, _ state: RoadmapMarker, in bytes: [UInt8]) -> ByteEdit? {
        let order: [RoadmapMarker?] = [nil, .todo, .doing, .done]
        guard let status, let cell = BudgetStatus(bytes, row.cells.cells[status].text),
            let old = order.firstIndex(of: cell.marker), let new = order.firstIndex(of: state), old < new
        else { return nil }
        return table.edit(status, of: row.cells, cell.range, cell.text(for: state), in: bytes)
    }
}
