// Owns: finding the place a finding speaks of in its words, where no field names it: `path/to/file.py:123`.
// A path needs a known ending, so that "e.g." and "v1.2" are none.
// Never checks whether the file exists.

enum FindingPlace {
    /// The first path with a line number, else the first path.
    static func find(in texts: [String]) -> String? {
        let words = texts.flatMap { $0.split { $0.isWhitespace || "()[]{}<>,;\"'“”‘’|=".contains($0) } }.map(trimmed)
        for (index, word) in words.enumerated() where isPath(word) {
            if hasLine(word) { return word }
            // "train.py line 12", "train.py (lines 12-30)"
            let next = words[(index + 1)...].prefix(2)
            if let label = next.first, ["line", "lines", "l"].contains(label.lowercased()), let number = next.last,
                number.first?.isNumber == true
            {
                return "\(word):\(number)"
            }
        }
        return words.first(where: isPath)
    }

    /// `file.py`, `a/b.md:12-30`, `a/b.swift#L12`.
    static func isPath(_ word: String) -> Bool {
        guard word.utf8.count < 300, !word.contains("://") else { return false }
        let path = word.prefix { $0 != ":" && $0 != "#" }
        guard let dot = path.lastIndex(of: "."), dot > path.startIndex else { return false }
        return endings.contains(path[path.index(after: dot)...].lowercased())
    }

    private static func hasLine(_ word: String) -> Bool {
        let behind = word.drop { $0 != ":" && $0 != "#" }.dropFirst()
        return (behind.first == "L" ? behind.dropFirst() : behind).first?.isNumber ?? false
    }

    private static func trimmed(_ word: Substring) -> String {
        String(word.reversed().drop { ".:!?–—-".contains($0) }.reversed())
    }

    private static let endings: Set<String> = [
        "py", "swift", "md", "yaml", "yml", "json", "jsonl", "sh", "bash", "zsh", "txt", "toml", "ipynb", "js", "ts",
        "tsx",
        "c", "h", "cpp", "hpp", "cc", "rs", "go", "java", "kt", "sql", "cfg", "ini", "csv", "tsv", "lock", "html",
        "css", "tex",
        "rst", "r", "jl", "ps1", "cu", "env", "conf", "xml",
    ]
}
