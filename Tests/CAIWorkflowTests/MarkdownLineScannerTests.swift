// Owns: what the line scanner takes for a heading, a list item, a box, a fence.
// Every table is a document and what must be found in it, line by line.
// Never checks rendering; there is none.

import Testing

@testable import CAIWorkflow

@Suite struct MarkdownLineScannerTests {
    /// The numbers of the lines that hold a box.
    private func boxes(_ text: String) -> [Int] {
        LineScanner.scan(Array(text.utf8)).filter { $0.checkbox != nil }.map(\.number)
    }

    private func fenced(_ text: String) -> [Int] {
        LineScanner.scan(Array(text.utf8)).filter { $0.region == .fence }.map(\.number)
    }

    private func headings(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return LineScanner.scan(bytes).compactMap(\.heading).map {
            "\($0.level) \(String(decoding: bytes[$0.text], as: UTF8.self))"
        }
    }

    @Test(arguments: [
        "- [ ] a", "* [x] a", "+ [X] a", "1. [ ] a", "12) [x] a", "      - [ ] a", "\t- [ ] a", "> - [ ] a",
        ">> 1. [x] a",
        "- - [ ] a", "- > [ ] a", "-   [ ]\ta", "- [ ] mark the box [x] when finished", "- [ ] \u{FF}",
    ])
    func isABox(_ line: String) {
        #expect(boxes(line) == [1])
    }

    @Test(arguments: [
        "- [-] a", "- [] a", "- [ ]a", "-[ ] a", "[ ] a", "- [xx] a", "- [ ]", "- [ ] ", "- a [x] b",
        "1234567890. [ ] a",
        "- `[ ] a`", "- [y] a", "x- [ ] a", "* * *", "- [x](link)", "# - [ ] a",
    ])
    func isNoBox(_ line: String) {
        #expect(boxes(line) == [])
    }

    @Test func theBoxCharacterAndTheTextAreFoundByOffset() throws {
        let bytes = Array("\u{FEFF}> * [X] t\u{E9}xt  \r\nend".utf8)
        let lines = LineScanner.scan(bytes)
        let box = try #require(lines[0].checkbox)
        #expect(bytes[box.mark] == UInt8(ascii: "X"))
        #expect(box.isTicked)
        #expect(String(decoding: bytes[box.text], as: UTF8.self) == "t\u{E9}xt")
        #expect(lines[0].content.lowerBound == 3)
        #expect(Array(bytes[lines[0].ending]) == [13, 10])
        #expect(lines[0].quoteDepth == 1)
        #expect(lines[1].ending.isEmpty)
        #expect(lines[1].number == 2)
    }

    @Test func aMarkInAQuestionIsOpen() throws {
        let bytes = Array("- [ ] mark the box [x] when finished".utf8)
        let box = try #require(LineScanner.scan(bytes).first?.checkbox)
        #expect(!box.isTicked)
        #expect(box.mark == 3)
    }

    @Test func headings() {
        let text = """
            # One
            ## Two ##
            ### C# and F#
               #### Three spaces
                # code
            #hashtag
            ####### seven
            > # quoted
            - # in a list

            ######
            """
        #expect(headings(text) == ["1 One", "2 Two", "3 C# and F#", "4 Three spaces", "6 "])
    }

    @Test(arguments: [
        ("a\n```\n# x\n- [ ] b\n```\n# y", [2, 3, 4, 5]),
        ("````\n```\n# x\n```\n````\n- [ ] y", [1, 2, 3, 4, 5]),
        ("~~~\n```\n~~~\n- [ ] a", [1, 2, 3]),
        ("```\n~~~\n````\n- [ ] a", [1, 2, 3]),
        ("   ```\nx\n   ```\nend", [1, 2, 3]),
        ("    ```\nx", []),
        ("``` a`b\nx", []),
        ("~~~ a`b\nx", [1, 2]),
        ("``\nx\n``", []),
        ("```\nx\n``` y\n    ```\n```\nz", [1, 2, 3, 4, 5]),
        ("- a\n\n  ```\n  # x\n  ```\nb", [3, 4, 5]),
        ("1. a\n       ```\n       # x\n       ```\nb", [2, 3, 4]),
        ("- a\n  - b\n    ```sh\n\n    # x\n    ```\n- c", [3, 4, 5, 6]),
        ("- ```\n  x\n  ```\n- b", [1, 2, 3]),
        ("- a\n  ```\n  never closed\nb", [2, 3]),
        ("> ```\n> x\nb", [1, 2]),
        ("> ```\n> > x\n> ```\n> b", [1, 2, 3]),
        ("```\n> - [ ] x", [1, 2]),
    ])
    func fences(_ text: String, _ lines: [Int]) {
        #expect(fenced(text) == lines)
    }

    @Test func aCommentOverSeveralLinesHidesBoxesAndHeadings() {
        let text = "<!-- one line -->\n- [ ] a\n<!--\n- [ ] b\n# c\n-->\n- [ ] d"
        #expect(boxes(text) == [2, 7])
        #expect(headings(text) == [])
    }

    @Test func aFrontMatterCanBeLeftOut() {
        let bytes = Array("---\n# key\n---\n# Title\n".utf8)
        let lines = LineScanner.scan(bytes, from: 14, firstLine: 4)
        #expect(lines.map(\.number) == [4])
        #expect(lines.first?.heading?.text == 16..<21)
    }

    @Test func listItemsAreFoundWithoutBoxes() {
        let bytes = Array("  - plain\n3) numbered\nnone\n---\n".utf8)
        let items = LineScanner.scan(bytes).map { $0.listItem.map { String(decoding: bytes[$0], as: UTF8.self) } }
        #expect(items == ["plain", "numbered", nil, nil])
    }

    @Test(arguments: 0..<200) func linesCoverEveryByteOfAnyInput(_ seed: Int) {
        var random = SeededRandom(seed)
        let bytes = random.document(lineEnding: seed % 2 == 0 ? "\n" : "\r\n")
        let lines = LineScanner.scan(bytes)
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        #expect(lines.flatMap { Array(bytes[$0.whole]) } == Array(bytes[start...]))
        #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.whole.upperBound == $1.whole.lowerBound })
        for line in lines {
            guard let box = line.checkbox else { continue }
            #expect(bytes[box.mark - 1] == UInt8(ascii: "[") && bytes[box.mark + 1] == UInt8(ascii: "]"))
            #expect(line.region == .text)
        }
    }
}
