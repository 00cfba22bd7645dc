// Owns: what the status files learn from a roadmap.
// Never checks how they show it.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapOverviewTests {
    private func overview(_ text: String, _ references: [String] = [], today: String = "2025-07-01") -> RoadmapOverview
    {
        RoadmapOverview(of: Roadmap.parse(Array(text.utf8)), references: references, today: today)
    }

    @Test func milestonesAreCounted() throws {
        let overview = RoadmapOverview(of: Roadmap.parse(try RoadmapFixture.bytes("survey.md")), today: "2025-05-20")
        #expect(
            overview.milestones.map(\.title) == [
                "Milestone 1: Dome and Mount", "Milestone 2: Camera Chain", "Milestone 3: First Survey",
                "Milestone 4: Paper",
            ])
        #expect(overview.milestones.map(\.ticked) == [2, 3, 0, 0])
        #expect(overview.milestones.map(\.total) == [2, 6, 11, 2])
        #expect(overview.milestones.map(\.target) == [nil, nil, "2025-06-30", nil])
        #expect(
            overview.next == [
                "Sensor Bring-up / Linearity curve", "Sensor Bring-up / Dark library",
                "Filter Wheel / Focus offsets (7 filters, focus_offsets.csv) - needs sky",
                "Pilot Field / Expose the pilot field (30 frames, ~2 h)",
                "Pilot Field / mark the box [x] when finished",
            ])
    }

    @Test func contradictionsAreFound() throws {
        let overview = RoadmapOverview(of: Roadmap.parse(try RoadmapFixture.bytes("survey.md")), today: "2025-07-01")
        #expect(
            overview.problems == [
                .completedButOpen(heading: "Milestone 2: Camera Chain", line: 30, date: "2025-04-01"),
                .contradiction(heading: "Sensor Bring-up", line: 37, marker: .done, ticked: 1, total: 3),
                .overdue(heading: "Milestone 3: First Survey", line: 51, target: "2025-06-30"),
            ])
    }

    @Test func allTickedButNotMarkedDone() {
        let problems = overview("## M ⏳\n- [x] a\n").problems
        #expect(problems == [.contradiction(heading: "M", line: 1, marker: .doing, ticked: 1, total: 1)])
    }

    @Test func aTargetIsOverdueTheDayAfter() {
        let text = "## M ⏳\n- [ ] a\n\n**Target Completion**: 2025-06-30\n"
        #expect(overview(text, today: "2025-06-30").problems.isEmpty)
        #expect(overview(text, today: "2025-07-01").problems.count == 1)
        #expect(overview("## M ✅\n- [x] a\n\n**Target Completion**: 2025-06-30\n").problems.isEmpty)
    }

    @Test func referencesOfTasksAreChecked() {
        let problems = overview("## M 📋\n- [ ] a\n- [ ] b\n- [ ] b\n", ["M / a", "M / b", "M / c", "x", "M / c"])
            .problems
        #expect(
            problems == [
                .ambiguous(
                    reference: "M / b",
                    items: [RoadmapCandidate(name: "M / b", line: 3), RoadmapCandidate(name: "M / b", line: 4)]),
                .noMatch(
                    reference: "M / c",
                    nearest: [
                        RoadmapCandidate(name: "M / a", line: 2), RoadmapCandidate(name: "M / b", line: 3),
                        RoadmapCandidate(name: "M / b", line: 4),
                    ]),
                .malformedReference("x"),
            ])
        #expect(problems.allSatisfy { !$0.message.isEmpty })
    }

    @Test func nestedItemsComeBeforeTheirParent() {
        #expect(
            overview("## M\n- [ ] outer\n  - [ ] inner\n- [x] done\n- [ ] last\n").next == ["M / inner", "M / last"])
    }

    @Test func anEmptyFileIsAnEmptyRoadmap() {
        let empty = overview("")
        #expect(empty.milestones.isEmpty && empty.next.isEmpty && empty.problems.isEmpty)
    }
}
