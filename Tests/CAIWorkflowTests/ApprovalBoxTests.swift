// Owns the tests of the box that a person ticks: where it is written, and which boxes count.

import CAIWorkflow
import Testing

struct ApprovalBoxTests {
    private func add(_ text: String, nonce: String = "n1", name: String = "a.md") -> String {
        String(decoding: ApprovalBox.adding(nonce: nonce, name: name, to: Array(text.utf8)), as: UTF8.self)
    }
    private func boxes(_ text: String) -> [String: Bool] { ApprovalBox.boxes(in: Array(text.utf8)) }

    @Test func theBoxStandsInASectionAtTheEnd() {
        #expect(
            add("# Task: X\r\n\r\ntext")
                == "# Task: X\r\n\r\ntext\r\n\r\n## Approval\r\n\r\n- [ ] Run this task: tick this box, or run `caid approve a.md` <!-- caid:approval n1 -->\r\n"
        )
    }

    @Test(arguments: [
        "", "# X\n", "# X", "# X\r\n", "---\nrequires_approval: true\n---\n", "---\nrequires_approval: true\n---",
        "# X\n\n```\nnever closed\n", "# X\n\n<!-- never closed\n", "# X\n\n> a quote\n", "# X\n\n- item\n\n  nested\n",
        "# X\n\n## Approval\n\n- [ ] something else\n", "\u{FEFF}# X\n", "# X\n\n## Status Updates\n\n- [2026] x",
        "# X\n\n~~~~md\n```\n- [ ] a box in a fence <!-- caid:approval n1 -->\n```\n~~~~\n",
    ])
    func itIsFoundAgainAndWrittenOnce(text: String) {
        let once = add(text)
        #expect(boxes(once) == ["n1": false])
        #expect(add(once) == once)
        #expect(once.count > text.count && once.utf8.filter { $0 != 13 }.count > 0)
        let ticked = once.replacing("- [ ] Run this task", with: "- [x] Run this task")
        #expect(boxes(ticked) == ["n1": true])
        #expect(add(ticked) == ticked, "not again where it is ticked")
    }

    @Test func onlyTheNonceMakesABoxTheOne() {
        #expect(boxes("- [x] Approved\n- [x] Run this task <!-- caid:approval -->\n") == [:])
        #expect(
            boxes("- [x] mine <!-- caid:approval abc -->\n- [X] more <!-- caid:approval def -->\n") == [
                "abc": true, "def": true,
            ])
        #expect(boxes("[x] no item <!-- caid:approval abc -->\n") == [:])
        #expect(boxes("```\n- [x] in a fence <!-- caid:approval abc -->\n```\n") == [:])
        #expect(boxes("- [x] never closed <!-- caid:approval abc\n") == [:])
        let second = add(add("# X\n"), nonce: "n2")
        #expect(boxes(second) == ["n1": false, "n2": false], "another task's box is another box")
    }

    @Test func aNameCannotBreakOutOfItsCode() {
        let text = add("", name: "a`b\u{1B}[31m.md")
        #expect(text.contains("`caid approve ab") && !text.contains("\u{1B}"))
        #expect(boxes(text) == ["n1": false])
    }
}
