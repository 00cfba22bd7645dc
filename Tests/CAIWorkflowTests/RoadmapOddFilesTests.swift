// Owns: roadmaps that are written oddly, and what exactly a tick may do to them.
// Each case is a whole file before and after; what is not named in it must not move.
// Never random; the property tests are.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapOddFilesTests {
    private func tick(_ text: String, _ references: String...) -> String {
        String(decoding: RoadmapRewriter.tick(Array(text.utf8), references, on: "2025-05-20").bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("## M 📋 TODO", "## M ✅ DONE"), ("## M 📋 Todo ##", "## M ✅ Done ##"), ("##\tM  📋\tTODO  ", "##\tM  ✅\tDONE  "),
        ("## 📋 TODO: M", "## ✅ DONE: M"), ("## 📋 M", "## ✅ M"), ("## **M 📋 TODO**", "## **M ✅ DONE**"),
        ("## M (📋 TODO)", "## M (✅ DONE)"), ("## M 📋 NEW", "## M ✅ NEW"),
        ("## M 📋 TODO - 1 of 9", "## M ✅ DONE - 1 of 9"),
        ("## M 📋 TODO list", "## M 📋 TODO list"), ("## M TODO", "## M TODO"), ("## M", "## M"),
        ("## M 📋\u{FE0F} todo", "## M ✅ done"), ("## M ⏳ In Progress", "## M ✅ Done"), ("## M `📋`", "## M `📋`"),
        ("## 🚨 M 📋", "## 🚨 M ✅"), ("## M 🚨", "## M 🚨"), ("## M ✅ DONE", "## M ✅ DONE"), ("## M 📋 ⏳", "## M 📋 ✅"),
    ])
    func wordsAndMarkersInEveryPlace(_ before: String, _ after: String) {
        // At level 3, so that no date is added.
        #expect(tick("#\(before)\n- [ ] a\n", "\(before) / a") == "#\(after)\n- [x] a\n")
    }

    @Test func headingsOfEveryLevelAboveRollUp() {
        let before =
            "# R 📋\n## M 📋 TODO\n### S 📋\n#### T 📋\n- [ ] a\n#### U 📋\n- [ ] b\n### V 📋\n- [ ] c\n## N 📋\n- [ ] d\n"
        #expect(
            tick(before, "T / a")
                == "# R ⏳\n## M ⏳ DOING\n### S ⏳\n#### T ✅\n- [x] a\n#### U 📋\n- [ ] b\n### V 📋\n- [ ] c\n## N 📋\n- [ ] d\n"
        )
    }

    @Test func theFirstLastUpdatedLineOutsideFencesAndListsGetsTheDate() {
        let before = """
            **Last Updated:** 2025-01-01, by hand (see 2025-01-02)
            - **Last Updated**: 2025-01-03
            ~~~
            **Last Updated**: 2025-01-04
            ~~~
            ### M 📋
            * [ ] a

            **Last Updated**: 2025-01-05
            """
        #expect(
            tick(before, "M / a")
                == before.replacing("2025-01-01", with: "2025-05-20").replacing("[ ]", with: "[x]").replacing(
                    "📋", with: "✅"))
    }

    @Test func whatOnlyLooksLikeABoxStays() {
        let text = """
            ## M 📋
            - [ ] real
            - [-] dropped
            - [] empty
            - [ ]tight
            [ ] no list
            - `[ ] code`
            - [ ]\u{A0}hard space
            <!--
            - [ ] in a comment
            -->
                ```
            - ```sh
              - [ ] in a fence in an item
              ```
            | - [ ] cell |
            """
        let roadmap = Roadmap.parse(Array(text.utf8))
        #expect(roadmap.items.map(\.line) == [2])
    }

    @Test func aTickInAQuoteOrANumberedListCounts() {
        #expect(tick("### M 📋\n> 1. [ ] a\n> 2. [ ] b\n", "M / b") == "### M ⏳\n> 1. [ ] a\n> 2. [x] b\n")
    }

    @Test func textWithBoxesInItIsFoundByItsWords() {
        let before = "### M 📋\n- [ ] mark the box [x] when finished - [ ] really\n"
        #expect(tick(before, "M / mark the box [x]") == "### M ✅\n- [x] mark the box [x] when finished - [ ] really\n")
    }

    @Test func aMilestoneEndsWhereTheNextBegins() {
        let before = "## M 📋\n- [ ] a\n## N 📋\n- [ ] b\n\n**Completed**: TBD\n"
        #expect(
            tick(before, "M / a")
                == "## M ✅\n- [x] a\n\n**Completed**: 2025-05-20\n\n## N 📋\n- [ ] b\n\n**Completed**: TBD\n")
    }

    @Test func aLabelOfASubsectionIsNotTheMilestones() {
        let before = "## M 📋\n### S 📋\n- [ ] a\n**Completed**: TBD\n### T 📋\n- [ ] b\n\n**Target Completion**: soon\n"
        #expect(
            tick(before, "S / a", "T / b")
                == "## M ✅\n### S ✅\n- [x] a\n**Completed**: TBD\n### T ✅\n- [x] b\n\n**Target Completion**: soon\n**Completed**: 2025-05-20\n"
        )
    }

    @Test func anUnclosedFenceHidesWhatFollows() {
        let before = "## M 📋\n- [ ] a\n```\n- [ ] b\n## N 📋\n"
        #expect(tick(before, "M / a") == "## M ✅\n- [x] a\n\n**Completed**: 2025-05-20\n\n```\n- [ ] b\n## N 📋\n")
        #expect(tick(before, "M / b") == before)
    }

    @Test func controlCharactersInNamesDoNotHide() {
        #expect(
            tick("### M\u{1B}[0m 📋\n- [ ] a\u{200B}b\u{0}c\n", "M [0m / ab c")
                == "### M\u{1B}[0m ✅\n- [x] a\u{200B}b\u{0}c\n")
    }
}
