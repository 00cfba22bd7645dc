// Owns the few pieces of Markdown that reports are made of: tables, and fences that nothing breaks out of.
// Never interprets what it quotes.

/// Markdown that is safe around any text.
enum Markdown {
    /// A table; pipes and line ends in cells are made harmless.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let lines = [header, header.map { _ in "---" }] + rows
        return lines.map { cells in "| " + cells.map(cell).joined(separator: " | ") + " |\n" }.joined()
    }

    /// A text in one line, for cells, headings and list items.
    static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// A text word for word in a fence longer than any run of backticks in it.
    static func fenced(_ text: String) -> String {
        var longest = 2
        var run = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)text\n\(text)\n\(fence)\n"
    }
}
