// Owns the checks of the parser: places, refusals, encodings, limits.
// Every expected position is counted by hand from the text beside it.
// Never decodes.

import Testing

@testable import CAIYAML

@Suite struct ParsingTests {
    private func error(_ text: String, startingAtLine: Int = 1) -> YAMLError? {
        do {
            _ = try YAMLDocument.parse(text.utf8, file: "f.yaml", startingAtLine: startingAtLine)
            return nil
        } catch {
            return error
        }
    }

    private func place(_ text: String) -> [Int]? { error(text).map { [$0.line, $0.column] } }

    @Test func treeKeepsOrderAndPlaces() throws {
        let root = try YAMLNode.parse("b: 1\na:\n  - x\n  - {k: \"v\"}\n".utf8, file: "f.yaml")
        #expect(root.pairs.map(\.key) == ["b", "a"])
        #expect(root["a"]?[1]?["k"]?.mark.line == 4)
        #expect(root["a"]?[1]?["k"]?.mark.column == 9)
        #expect(root["a"]?[1]?.pairs.first?.keyMark.column == 6)
    }

    @Test func columnsCountCharactersNotBytes() throws {
        let root = try YAMLNode.parse("é€😀: {k: v}\n".utf8, file: "f.yaml")
        #expect(root.pairs.first?.value["k"]?.mark.column == 10)
    }

    @Test func byteOrderMarkAndCRLFDoNotMovePlaces() throws {
        let root = try YAMLNode.parse([0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb: x\r\n".utf8), file: "f.yaml")
        #expect(root["a"]?.mark.column == 4)
        #expect(root["b"]?.mark.line == 2)
        #expect(root["b"]?.content == .scalar(YAMLScalar(text: "x", isPlain: true)))
    }

    @Test func nextLineCharacterIsNoLineForPlaces() {
        #expect(place("a: \"\u{85}\"\nb: 1\nb: 2\n") == [3, 1])
    }

    @Test func emptyTextIsNull() throws {
        #expect(try YAMLNode.parse("".utf8, file: "f").isNull)
        #expect(try YAMLNode.parse("# nothing\n".utf8, file: "f").isNull)
    }

    @Test func duplicateKeyStandsAtTheSecond() {
        let found = error("a: 1\nb: 2\n\"a\": 3\n")
        #expect(found?.description == "f.yaml:3:1: duplicate key \"a\"; it stands on line 1 already")
        #expect(place("x: {k: 1, k: 2}\n") == [1, 11])
    }

    @Test(arguments: [
        ("a: &x 1\nb: *x\n", 1, 4), ("b: *x\n", 1, 4), ("a: !!str 1\n", 1, 4), ("a: 1\n---\nb: 2\n", 2, 1),
        ("[a]: 1\n", 1, 1),
    ])
    func refusals(text: String, line: Int, column: Int) {
        #expect(place(text) == [line, column])
    }

    @Test func tabsAreNamed() {
        let found = error("a:\n\tb: 1\n")
        #expect(found?.message.contains("tab") == true)
        #expect(found.map { [$0.line, $0.column] } == [2, 1])
    }

    @Test func syntaxErrorsCarryThePlace() {
        #expect(place("a: [1, 2\nb: 3\n")?.first == 2)
        #expect(place("a: \"open\n") != nil)
        #expect(error("a: b: c\n")?.description == "f.yaml:1:5: mapping values are not allowed in this context")
    }

    @Test func startingLineMovesPlaces() {
        #expect(error("a: 1\na: 2\n", startingAtLine: 7)?.line == 8)
    }

    @Test func invalidBytesAndControlsAreLocated() {
        let bytes = Array("a: 1\nb: é".utf8) + [0xFF, 0x0A]
        #expect(throws: YAMLError.self) { try YAMLDocument.parse(bytes, file: "f.yaml") }
        do { _ = try YAMLDocument.parse(bytes, file: "f.yaml") } catch {
            #expect([error.line, error.column] == [2, 5])
            #expect(error.message.contains("0xFF"))
        }
        #expect(place("a: é\u{1}\n") == [1, 5])
    }

    @Test func limits() {
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(error(deep)?.message == "nested more than 64 levels deep")
        let large = "a: " + String(repeating: "x", count: 1 << 20)
        #expect(error(large)?.message.contains("at most 1048576") == true)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [("[", "a,", "]"), ("{", "é: 1, ", "}"), ("", "k: 1\n", ""), ("[", "{}, ", "]")])
    func hugeTextsTakeLinearTime(open: String, piece: String, close: String) {
        let count = ((1 << 20) - 2) / piece.utf8.count
        let text = open + String(repeating: piece, count: count) + close
        let (value, problems) = YAMLDecoder().diagnose([String: Int].self, from: text.utf8, file: "f")
        #expect(value == nil)
        #expect((1...200).contains(problems.count))
    }

    @Test func snippetPutsTheCaretUnderTheToken() {
        #expect(error("k: 1\nab:\t{k: é, k: 2}\n")?.snippet == "2 | ab:\t{k: é, k: 2}\n  |    \t       ^")
        let long = error("a: {" + String(repeating: "x", count: 300) + ": 1, b: 1, b: 2}\n")
        let lines = long?.snippet.split(separator: "\n") ?? []
        #expect(lines.count == 2 && lines[0].count < 200)
        let caret = lines.last?.count ?? 0
        #expect(Array(lines.first ?? "")[caret - 1] == "b")
    }

    @Test func messagesCarryNoControlCharacters() {
        let found = error("\"\\e[31m\": 1\n\"\\e[31m\": 2\n")
        #expect(found?.message.unicodeScalars.contains { $0.value < 32 } == false)
    }

    @Test func arbitraryBytesNeverCrash() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ab:-#[]{}\"'|>&*!%?, \t\r\n\u{e9}0.~".utf8) + [0xFF, 0x00]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in alphabet.randomElement() ?? 0 }
            let (value, problems) = YAMLDecoder().diagnose([String: YAMLValue].self, from: bytes, file: "f")
            #expect((value == nil) == !problems.isEmpty, "\(bytes)")
        }
    }
}
