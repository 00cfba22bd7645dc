// Owns columns on a terminal.
// Never shows a control character of what is put into them.

import CAIWorkflow

/// Rows below a head, in columns as wide as what is in them; nothing where there are no rows.
func textTable(_ head: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let lines = [head] + rows.map { row in row.map(cell) }
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
        var line = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }.joined()
}

/// One line of text, with the blanks before it, which show what belongs to what.
private func cell(_ text: String) -> String {
    text.prefix { $0 == " " } + PlainText.line(text, limit: 200)
}
