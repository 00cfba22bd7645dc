// Owns: what ticking changes in a roadmap, byte for byte, and what it leaves alone.
// Expected files were written by hand from the fixture, not by the code under test.
// Never looks at how an item is found; RoadmapReferenceTests does.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapRewriterTests {
    private static let day = "2025-05-20"

    private func tick(_ text: String, _ references: String...) -> (text: String, update: RoadmapUpdate) {
        let update = RoadmapRewriter.tick(Array(text.utf8), references, on: Self.day)
        return (String(decoding: update.bytes, as: UTF8.self), update)
    }

    private static let milestone3 = [
        "Pilot Field / Expose", "Pilot Field / mark the box", "Pilot Field / DECISION POINT", "Reduction / Bias",
        "Reduction / Build the source list:", "Reduction / Detect", "Reduction / Match", "Reduction / Photometric",
        "Reduction / Quoted", "Follow-up / Alert", "Follow-up / Number",
    ]

    @Test(arguments: [
        ("survey.one-item.md", ["Pilot Field / Expose"]),
        ("survey.milestone-3.md", milestone3),
        ("survey.milestone-4.md", ["Milestone 4: Paper / Draft", "Milestone 4: Paper / Referee reply"]),
        ("survey.milestone-2.md", ["Milestone 2 / Linearity", "Milestone 2 / Dark library", "Milestone 2 / Focus"]),
    ])
    func onlyWhatFollowsFromTheTickChanges(_ expected: String, _ references: [String]) throws {
        let update = RoadmapRewriter.tick(try RoadmapFixture.bytes("survey.md"), references, on: Self.day)
        #expect(update.ticked.map(\.reference) == references)
        #expect(update.bytes == (try RoadmapFixture.bytes(expected)))
        let again = RoadmapRewriter.tick(update.bytes, references, on: "2031-01-01")
        #expect(again.bytes == update.bytes)
        #expect(again.alreadyTicked.map(\.reference) == references)
        #expect(again.ticked.isEmpty)
    }

    @Test func oneByOneEndsWithTheSameBytesAsAtOnce() throws {
        var bytes = try RoadmapFixture.bytes("survey.md")
        for reference in Self.milestone3 { bytes = RoadmapRewriter.tick(bytes, [reference], on: Self.day).bytes }
        #expect(bytes == (try RoadmapFixture.bytes("survey.milestone-3.md")))
    }

    @Test func windowsLineEndingsAndAByteOrderMarkStay() throws {
        func windows(_ bytes: [UInt8]) -> [UInt8] {
            [0xEF, 0xBB, 0xBF] + bytes.flatMap { $0 == 10 ? [13, 10] : [$0] }
        }
        let update = RoadmapRewriter.tick(windows(try RoadmapFixture.bytes("survey.md")), Self.milestone3, on: Self.day)
        #expect(update.bytes == windows(try RoadmapFixture.bytes("survey.milestone-3.md")))
    }

    @Test func aContradictionIsReportedAndStays() throws {
        let update = RoadmapRewriter.tick(
            try RoadmapFixture.bytes("survey.md"), ["Sensor Bring-up / Dark"], on: Self.day)
        #expect(
            update.problems == [
                .contradiction(heading: "Sensor Bring-up", line: 37, marker: .done, ticked: 1, total: 3)
            ])
        let changes = RoadmapFixture.changes(try RoadmapFixture.bytes("survey.md"), update.bytes)
        #expect(
            changes == [
                "40: - [ ] Dark library → - [x] Dark library",
                "105: **Last Updated**: 2025-05-04 (after the 2025-05-03 run)"
                    + " → **Last Updated**: 2025-05-20 (after the 2025-05-03 run)",
            ])
    }

    @Test func aNestedBoxNeverTicksItsParent() {
        let text = "## M 📋 TODO\n- [ ] outer\n  - [ ] inner\n"
        #expect(tick(text, "M / inner").text == "## M ⏳ DOING\n- [ ] outer\n  - [x] inner\n")
        #expect(tick(text, "M / outer").text == "## M ⏳ DOING\n- [x] outer\n  - [ ] inner\n")
    }

    @Test func whatWasTickedBeforeChangesNothing() {
        let text = "## M ⏳\n- [X] done\n- [ ] open\n\n**Last Updated**: 2025-01-01"
        let (same, update) = tick(text, "M / done")
        #expect(same == text)
        #expect(update.alreadyTicked.map(\.line) == [2])
        #expect(update.ticked.isEmpty && update.problems.isEmpty)
    }

    @Test func referencesThatNameNothingTickNothing() {
        let text = "## M 📋\n- [ ] one\n- [ ] one\n\n**Last Updated**: 2025-01-01\n"
        let (same, update) = tick(text, "nonsense", "M / two", "M / one")
        #expect(same == text)
        #expect(
            update.problems == [
                .malformedReference("nonsense"),
                .noMatch(
                    reference: "M / two",
                    nearest: [RoadmapCandidate(name: "M / one", line: 2), RoadmapCandidate(name: "M / one", line: 3)]),
                .ambiguous(
                    reference: "M / one",
                    items: [RoadmapCandidate(name: "M / one", line: 2), RoadmapCandidate(name: "M / one", line: 3)]),
            ])
    }

    @Test func aSoundReferenceBesideABrokenOneIsTicked() {
        let (text, update) = tick("## M 📋\n- [ ] one\n- [ ] two\n", "M / three", "M / two", "M / two")
        #expect(text == "## M ⏳\n- [ ] one\n- [x] two\n")
        #expect(update.ticked.count == 1)
        #expect(update.problems.count == 1)
    }

    @Test(arguments: [
        ("**Completed**:", "**Completed**: 2025-05-20"), ("**Completed**: ", "**Completed**: 2025-05-20"),
        ("**Completed**: TBD", "**Completed**: 2025-05-20"), ("**Completed:** —", "**Completed:** 2025-05-20"),
        ("**Completed**: 2024-12-31 (early)", "**Completed**: 2025-05-20 (early)"),
        ("**Completed**: soon enough", "**Completed**: soon enough"),
        ("**Completed**: soon (2024-12-31)", "**Completed**: soon (2024-12-31)"),
    ])
    func theCompletionDateIsSet(_ before: String, _ after: String) {
        let (text, update) = tick("## M 📋\n- [ ] a\n\n\(before)", "M / a")
        #expect(text == "## M ✅\n- [x] a\n\n\(after)")
        #expect(update.problems == (before == after ? [.noDate(label: "Completed", line: 4)] : []))
    }

    @Test(arguments: [
        ("## M 📋\n- [ ] a", "## M ✅\n- [x] a\n\n**Completed**: 2025-05-20"),
        ("## M 📋\n- [ ] a\n## N\n", "## M ✅\n- [x] a\n\n**Completed**: 2025-05-20\n\n## N\n"),
        (
            "## M 📋\n- [ ] a\n  more\n\n  - note\n- note\n\nProse\n",
            "## M ✅\n- [x] a\n  more\n\n  - note\n- note\n\n**Completed**: 2025-05-20\n\nProse\n"
        ),
        (
            "## M 📋\n- [ ] a\n  ```\n  x\n\n  ```\n---\n",
            "## M ✅\n- [x] a\n  ```\n  x\n\n  ```\n\n**Completed**: 2025-05-20\n\n---\n"
        ),
        (
            "## M 📋\n### S 📋\n**Completed**: later\n- [ ] a\n",
            "## M ✅\n### S ✅\n**Completed**: later\n- [x] a\n\n**Completed**: 2025-05-20\n"
        ),
        ("### S 📋\n- [ ] a\n", "### S ✅\n- [x] a\n"),
        ("## M\n- [ ] a\n", "## M\n- [x] a\n"),
    ])
    func aCompletionLineIsAddedToAMilestoneOnly(_ before: String, _ after: String) {
        #expect(tick(before, (before.contains("S") ? "S" : "M") + " / a").text == after)
    }

    @Test func anAlarmStays() {
        let (text, update) = tick("## M 🚨\n- [ ] a\n", "M / a")
        #expect(text == "## M 🚨\n- [x] a\n")
        #expect(update.problems == [.contradiction(heading: "M", line: 1, marker: .alarm, ticked: 0, total: 1)])
    }

    @Test func begunWorkRollsUp() {
        #expect(tick("### S ⏳\n- [ ] a\n", "S / a").text == "### S ✅\n- [x] a\n")
    }

    @Test func bytesThatAreNoTextSurvive() {
        let bytes = Array("## M 📋\n- [ ] a ".utf8) + [0xFF, 0xFE, 0x80] + Array("\n".utf8)
        let update = RoadmapRewriter.tick(bytes, ["M / a"], on: Self.day)
        #expect(update.bytes.starts(with: Array("## M ✅\n- [x] a ".utf8) + [0xFF, 0xFE, 0x80]))
    }
}
