// Owns: deciding, row by row, what is to be entered into the budget table, and what is wrong with it.
// Adds up in cents: the rows as they then stand, and what the ledger has beside them.
// Never applies an edit; whoever only wants the problems leaves the file alone.

/// What is to be entered into a budget table, and what is wrong with it.
struct BudgetPlan {
    private(set) var edits = ByteEdits()
    private(set) var problems: [BudgetProblem] = []
    private let roadmap: Roadmap

    init(of roadmap: Roadmap, spent: [RoadmapSpend], totalUSD: Double) {
        self.roadmap = roadmap
        guard let budget = BudgetTable.find(in: roadmap) else { return }
        let ledger = Ledger(spent, in: roadmap)
        var sums = Sums()
        for row in budget.rows {
            let known = amount(budget, row)?.cents ?? 0
            guard let section = self.section(of: row, in: budget) else {
                sums.byHand += known
                continue
            }
            let cents = ledger.cents(below: section, in: roadmap)
            if let cents { enter(cents, into: row, of: budget) }
            // A row about a part of another row's section is in that row's amount already.
            if !roadmap.ancestry(of: section.parent).contains(where: { budget.row(about: $0) != nil }) {
                sums.rows += max(known, cents ?? 0)
                sums.ledger += cents ?? 0
            }
            let state = roadmap.state(of: section)
            if cents == nil || !enter(state, into: row, of: budget) { compare(row, section, budget) }
        }
        let total = max(BudgetAmount.cents(totalUSD), ledger.total)
        if let row = budget.total, !spent.isEmpty || total > 0 {
            // What belongs to no row may be what a person wrote into a row that only a person can tell.
            enter(sums.rows + max(sums.byHand, total - sums.ledger), into: row, of: budget)
        }
        compareFigures(budget)
    }

    /// In cents.
    private struct Sums {
        /// Of the rows whose section is known, as they then stand.
        var rows = 0
        /// The ledger's part in `rows`.
        var ledger = 0
        /// Of the other rows.
        var byHand = 0
    }

    /// What the row is about. It is about nothing if its label fits no heading or several, or another row fits the same.
    private mutating func section(of row: BudgetTable.Row, in budget: BudgetTable) -> Roadmap.Section? {
        guard let section = row.sections.first, row.sections.count == 1 else {
            problems.append(.unmatchedRow(label: row.label, line: row.cells.line, headings: row.sections.map(\.title)))
            return nil
        }
        let rows = budget.rows(about: section)
        if rows.count == 1 { return section }
        if rows[0].cells.line == row.cells.line {
            problems.append(.twinRows(heading: section.title, lines: rows.map(\.cells.line)))
        }
        return nil
    }

    private func amount(_ budget: BudgetTable, _ row: BudgetTable.Row) -> BudgetAmount? {
        BudgetAmount.cell(roadmap.bytes, row.cells.cells[budget.actual].text)
    }

    private mutating func enter(_ cents: Int, into row: BudgetTable.Row, of budget: BudgetTable) {
        guard let old = amount(budget, row) else {
            let text = String(decoding: roadmap.bytes[row.cells.cells[budget.actual].text], as: UTF8.self)
            problems.append(
                .noAmount(
                    label: row.label, line: row.cells.line, text: PlainText.line(text, limit: 60), ledger: cents))
            return
        }
        if let known = old.cents, known >= cents {
            guard known > cents, cents > 0 else { return }
            problems.append(
                .amountDiffers(label: row.label, line: row.cells.line, table: known, ledger: cents))
            return
        }
        edits.add(budget.table.edit(budget.actual, of: row.cells, old.range, old.text(cents: cents), in: roadmap.bytes))
    }

    /// Answers whether the cell was behind and is brought up to date.
    private mutating func enter(_ state: RoadmapMarker?, into row: BudgetTable.Row, of budget: BudgetTable) -> Bool {
        guard let state, let edit = budget.statusEdit(row, state, in: roadmap.bytes) else { return false }
        return edits.add(edit)
    }

    private mutating func compare(_ row: BudgetTable.Row, _ section: Roadmap.Section, _ budget: BudgetTable) {
        guard let column = budget.status, let state = section.marker?.marker ?? roadmap.state(of: section),
            let table = BudgetStatus(roadmap.bytes, row.cells.cells[column].text)?.marker, table != state,
            state != .alarm, table != .alarm
        else { return }
        problems.append(.statusDiffers(label: row.label, line: row.cells.line, table: table, heading: state))
    }

    /// `**Budget**: $300` in a milestone against the estimate of its row; elsewhere against the total's.
    private mutating func compareFigures(_ budget: BudgetTable) {
        guard let column = budget.estimated else { return }
        for label in RoadmapLabel.all("Budget", in: roadmap.lines, of: roadmap.bytes) {
            let above = roadmap.ancestry(of: roadmap.sections.last { $0.line < label.line.number }?.index)
            guard let row = above.lazy.compactMap({ budget.row(about: $0) }).first ?? budget.total,
                let table = BudgetAmount.cell(roadmap.bytes, row.cells.cells[column].text)?.cents,
                let text = BudgetAmount.leading(roadmap.bytes, label.value)?.cents, text != table
            else { continue }
            problems.append(
                .estimateDiffers(
                    label: row.label, line: row.cells.line, table: table, textLine: label.line.number, text: text))
        }
    }

    /// What was spent, by item.
    private struct Ledger {
        private var entries: [(items: [Int], usd: Double)] = []
        let total: Int

        init(_ spent: [RoadmapSpend], in roadmap: Roadmap) {
            total = BudgetAmount.cents(spent.reduce(0) { $0 + $1.usd })
            for one in spent {
                guard let reference = RoadmapReference(one.reference) else { continue }
                switch roadmap.match(reference) {
                case .item(let item): entries.append(([item.index], one.usd))
                // Whichever it is: if all stand below one heading, that is where the money went.
                case .several(let items): entries.append((items.map(\.index), one.usd))
                case .none: continue
                }
            }
        }

        /// Nil if the ledger knows nothing of this section.
        func cents(below section: Roadmap.Section, in roadmap: Roadmap) -> Int? {
            let below = Set(roadmap.items(under: section).map(\.index))
            let found = entries.filter { below.isSuperset(of: $0.items) }
            return found.isEmpty ? nil : BudgetAmount.cents(found.reduce(0) { $0 + $1.usd })
        }
    }
}
