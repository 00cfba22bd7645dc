// Owns: that a marked block is replaced, made, or made anew, and that a person's text always survives.
// The cases are what people do to files: delete a marker, copy a block, leave a fence open.
// Never checks what stands in a block; that is the status files' business.

import Testing

@testable import CAIWorkflow

@Suite struct MarkdownMarkedBlockTests {
    private func replace(_ body: String, in text: String) -> (text: String, note: String?) {
        let result = MarkedBlock.replace("queue", with: body, in: Array(text.utf8))
        return (String(decoding: result.bytes, as: UTF8.self), result.note)
    }

    private let block = "<!-- caid:begin queue -->\nnew\n<!-- caid:end queue -->\n"

    @Test(arguments: [
        ("", ""), ("# Mine\n", "# Mine\n\n"), ("# Mine", "# Mine\n\n"), ("# Mine\n\n", "# Mine\n\n"),
    ])
    func madeAtTheEndOnFirstUse(_ before: String, _ kept: String) {
        let result = replace("new", in: before)
        #expect(result.text == kept + block)
        #expect(result.note == nil)
    }

    @Test func replacedInPlace() {
        let text = "before\n<!-- caid:begin queue -->\nold\nolder\n<!-- caid:end queue -->\nafter"
        let result = replace("one\ntwo\n", in: text)
        #expect(result.text == "before\n<!-- caid:begin queue -->\none\ntwo\n<!-- caid:end queue -->\nafter")
        #expect(result.note == nil)
    }

    @Test func theDocumentsLineEndingIsUsed() {
        let text = "a\r\n<!-- caid:begin queue -->\r\n<!-- caid:end queue -->\r\n"
        #expect(
            replace("x\ny", in: text).text == "a\r\n<!-- caid:begin queue -->\r\nx\r\ny\r\n<!-- caid:end queue -->\r\n")
    }

    @Test func aLoneBeginMarkerDestroysNothing() {
        let text = "<!-- caid:begin queue -->\nold\nmy words\n"
        let first = replace("new", in: text)
        #expect(first.text == text + "\n" + block)
        #expect(first.note?.contains("line 1") == true)
        #expect(replace("new", in: first.text).text == first.text)
    }

    @Test func aLoneEndMarkerIsLeftAlone() {
        let text = "words\n<!-- caid:end queue -->\n"
        #expect(replace("new", in: text).text == text + "\n" + block)
    }

    @Test func crossedBlocksAreBroken() {
        let text =
            "<!-- caid:begin queue -->\n<!-- caid:begin pod -->\nx\n<!-- caid:end queue -->\n<!-- caid:end pod -->\n"
        let result = replace("new", in: text)
        #expect(result.text == text + "\n" + block)
        #expect(result.note != nil)
    }

    @Test func ofTwinsTheFirstIsKept() {
        let twin = "<!-- caid:begin queue -->\nold\n<!-- caid:end queue -->\n"
        let result = replace("new", in: twin + twin)
        #expect(result.text == block + twin)
        #expect(result.note?.contains("2 times") == true)
    }

    @Test func anExampleInAFenceIsNoBlock() {
        let text = "```\n<!-- caid:begin queue -->\nold\n<!-- caid:end queue -->\n```\n"
        #expect(replace("new", in: text).text == text + "\n" + block)
    }

    @Test func aFenceThatIsNeverClosedDoesNotSwallowTheBlock() {
        let text = "words\n```\ncode\n"
        let first = replace("new", in: text)
        #expect(first.text == "words\n" + block + "\n```\ncode\n")
        #expect(first.note?.contains("line 2") == true)
        #expect(replace("new", in: first.text).text == first.text)
    }

    @Test func generatedTextCannotEndItsBlock() {
        let body = "```\n <!-- caid:end queue -->\n<!-- caid:begin pod -->"
        let first = replace(body, in: "a\n")
        #expect(first.text.contains("\n&lt;!-- caid:end queue -->\n"))
        #expect(replace(body, in: first.text).text == first.text)
        let pod = MarkedBlock.replace("pod", with: "p", in: Array(first.text.utf8))
        #expect(String(decoding: pod.bytes, as: UTF8.self).hasPrefix(first.text))
    }

    @Test(arguments: 0..<300) func outsideTheBlockNothingChanges(_ seed: Int) {
        var random = SeededRandom(seed)
        let bytes = random.document(lineEnding: seed % 3 == 0 ? "\r\n" : "\n")
        let first = MarkedBlock.replace("a", with: "generated\n```\n", in: bytes)
        let second = MarkedBlock.replace("a", with: "generated\n```\n", in: first.bytes)
        #expect(second.bytes == first.bytes)
        let other = MarkedBlock.replace("a", with: "", in: first.bytes)
        #expect(other.bytes.count < first.bytes.count)
        // Cut off what the two files have in common at either end: what is left was removed, or was added.
        let start = zip(bytes, other.bytes).prefix { $0 == $1 }.count
        let end = zip(bytes[start...].reversed(), other.bytes[start...].reversed()).prefix { $0 == $1 }.count
        let removed = String(decoding: bytes[start..<(bytes.count - end)], as: UTF8.self)
        let added = other.bytes[start..<(other.bytes.count - end)].filter { $0 != 10 && $0 != 13 }
        #expect(removed.isEmpty || added.isEmpty)
        #expect(!removed.contains("caid:"))
        #expect(added.isEmpty || added.sorted() == Array("<!-- caid:begin a --><!-- caid:end a -->".utf8).sorted())
    }
}
