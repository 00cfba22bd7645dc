// Owns what makes a world usable: known tables, filled slots, distinct rows and phrasings, answers that can be told apart
// from the delimiter.
// Never repairs a world.

extension World {
    /// - Throws: `PipelineError.invalidWorld` at the first thing that does not fit.
    func validate() throws {
        guard version == 1 else { throw Self.error("version \(version) is unknown; this program reads version 1") }
        if families.isEmpty { throw Self.error("there are no families; nothing can be asked") }
        for (name, rows) in tables.sorted(by: { $0.key < $1.key }) { try validate(rows, of: name) }
        var ids: Set<String> = []
        for family in families {
            guard ids.insert(family.id).inserted else {
                throw Self.error("the family id \"\(family.id)\" stands twice")
            }
            try validate(family)
        }
    }

    private func validate(_ rows: [Row], of table: String) throws {
        if rows.isEmpty { throw Self.error("table \"\(table)\" is empty") }
        var seen: Set<Row> = []
        for (index, row) in rows.enumerated() where !seen.insert(row).inserted {
            throw Self.error("table \"\(table)\": row \(index + 1) stands twice; it could be trained on and evaluated")
        }
    }

    private func validate(_ family: Family) throws {
        let name = "family \"\(family.id)\""
        if family.id.isEmpty || family.type.isEmpty { throw Self.error("\(name): id and type must not be empty") }
        guard let rows = tables[family.table] else {
            let known = tables.keys.sorted().joined(separator: ", ")
            throw Self.error("\(name): there is no table \"\(family.table)\"; there are \(known)")
        }
        for (index, row) in rows.enumerated() {
            for (field, text) in [("template", family.template), ("answer", family.answer)] {
                let filled: String
                do {
                    filled = try Template(text).filled(with: row)
                } catch let problem as Template.Problem {
                    throw Self.error(
                        "\(name): \(field) \"\(text)\", row \(index + 1) of \(family.table): \(problem.words)")
                }
                if filled.allSatisfy(\.isWhitespace) {
                    throw Self.error("\(name): the \(field) is empty for row \(index + 1) of \(family.table)")
                }
                if filled.contains(where: \.isNewline) || Answer.extracted(from: filled) != filled.trimmed {
                    throw Self.error(
                        "\(name): the \(field) of row \(index + 1) of \(family.table) holds a line end or the delimiter "
                            + "\(PromptLayout.delimiter), which would end it early: \"\(filled)\"")
                }
            }
        }
    }
}
