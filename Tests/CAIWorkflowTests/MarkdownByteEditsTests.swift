// Owns: that edits change their ranges and nothing else.
// Edits are given in offsets of the file as it was read, in any order.
// Never looks at markdown.

import Testing

@testable import CAIWorkflow

@Suite struct MarkdownByteEditsTests {
    private func apply(_ edits: [ByteEdit], to text: String) -> String {
        var all = ByteEdits()
        for edit in edits { all.add(edit) }
        return String(decoding: all.applied(to: Array(text.utf8)), as: UTF8.self)
    }

    @Test func editsMayComeInAnyOrderAndChangeLengths() {
        let edits = [ByteEdit(6..<7, "long"), ByteEdit(0..<2, ""), ByteEdit(4..<4, "+")]
        #expect(apply(edits, to: "abcdefgh") == "cd+eflongh")
    }

    @Test func insertionsAtOnePlaceKeepTheirOrder() {
        #expect(apply([ByteEdit(1..<1, "1"), ByteEdit(1..<1, "2")], to: "ab") == "a12b")
        #expect(apply([ByteEdit(2..<2, "!")], to: "ab") == "ab!")
    }

    @Test func anOverlapIsRefused() {
        var edits = ByteEdits()
        let first = edits.add(ByteEdit(0..<3, "x"))
        let second = edits.add(ByteEdit(2..<4, "y"))
        #expect(first && !second)
        #expect(edits.edits.count == 1)
        #expect(String(decoding: edits.applied(to: Array("abcd".utf8)), as: UTF8.self) == "xd")
    }

    @Test func noEditGivesTheSameBytes() {
        let bytes: [UInt8] = [0, 0xFF, 10, 13]
        #expect(ByteEdits().applied(to: bytes) == bytes)
        #expect(ByteEdits().isEmpty)
    }
}
