// Owns: the way from a task file's bytes to its front matter, every problem and every note.
// Lines are those of the whole file.
// Never reads the body.

import CAIYAML

/// Reads the front matter of a file, if it has one.
struct FrontMatterReader {
    private(set) var frontMatter = FrontMatter()
    private(set) var problems: [YAMLError] = []
    private(set) var notes: [TaskNote] = []
    /// Where the body begins: offset and line number.
    private(set) var body = (start: 0, line: 1)

    init(_ bytes: [UInt8], file: String) {
        switch FrontMatterBlock.find(in: bytes) {
        case .none: break
        case .unterminated:
            let message = "the front matter that begins here has no closing `---` line"
            problems = [YAMLError(file: file, line: 1, column: 1, message: message, snippet: "1 | ---\n  | ^")]
        case .found(let block):
            body = (block.bodyStart, block.bodyLine)
            read(Array(bytes[block.yaml]), file: file)
        }
    }

    private mutating func read(_ yaml: [UInt8], file: String) {
        let decoder = YAMLDecoder(strict: false)
        let (value, problems) = decoder.diagnose(FrontMatter.self, from: yaml, file: file, startingAtLine: 2)
        self.problems = problems
        guard var value, let document = try? YAMLDocument.parse(yaml, file: file, startingAtLine: 2) else { return }
        let pairs = document.root.pairs
        let executors = pairs.filter { ["pipeline", "script"].contains($0.key) && !$0.value.isNull }
        if executors.count == 2 {
            let message = "a task names a `pipeline` or a `script`, not both; \(executors[0].key) stands above"
            self.problems = [document.error(at: executors[1].keyMark, message)]
        }
        value.document = document
        frontMatter = value
        func note(_ mark: YAMLMark, _ message: String) {
            notes.append(TaskNote(file: file, line: mark.line, column: mark.column, message: message))
        }
        let known = FrontMatter.CodingKeys.allCases.map(\.rawValue)
        for pair in pairs where !known.contains(pair.key) {
            let near = Suggestion.nearest(to: pair.key, in: known).map { "; did you mean `\($0)`?" } ?? ""
            note(pair.keyMark, "the key `\(pair.key.printable)` is not known and is ignored\(near)")
        }
        let ofScripts = FrontMatter.ofScripts.map(\.rawValue)
        for pair in pairs where value.script == nil && ofScripts.contains(pair.key) {
            note(pair.keyMark, "the key `\(pair.key)` is for scripts and is ignored: the header names no `script`")
        }
        if let command = value.verify, let mark = document.root["verify"]?.mark {
            for word in command where CommandWords.operators.contains(word) {
                note(mark, "`verify` runs without a shell: `\(word)` is passed on as a word; write bash -c '…'")
            }
        }
    }
}
