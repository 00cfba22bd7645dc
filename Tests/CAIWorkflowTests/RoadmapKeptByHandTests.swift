// Owns: ticking items of a roadmap that people kept by hand, where one lies beside this repository.
// Each test names every line that may differ; all others are compared byte for byte.
// Never runs where the file is not there.

import Testing

@testable import CAIWorkflow

@Suite(.enabled(if: RoadmapFixture.keptByHand != nil)) struct RoadmapKeptByHandTests {
    private static let day = "2026-11-21"
    private static let lastUpdated =
        "**Last Updated**: 2025-10-03 (post local-prep session) → **Last Updated**: 2026-11-21 (post local-prep session)"

    private static let trainingRow =
        "| M3: Training | $20 | - | 📋 Todo | → | M3: Training | $20 | - | ⏳ Doing |"

    private func changes(_ references: [String]) throws -> (lines: [String], update: RoadmapUpdate) {
        let before = try #require(RoadmapFixture.keptByHand)
        let update = RoadmapRewriter.tick(before, references, on: Self.day)
        return (RoadmapFixture.changes(before, update.bytes).map(withoutNumber), update)
    }

    private func withoutNumber(_ line: String) -> String { String(line.drop { $0 != ":" }.dropFirst(2)) }

    @Test func theFirstItemOfASection() throws {
        let (lines, update) = try changes(["Baseline Assessment / Run full evaluation on base model"])
        #expect(
            lines == [
                "### Baseline Assessment 📋 → ### Baseline Assessment ⏳",
                "- [ ] Run full evaluation on base model (Qwen-2.5-32B, N=1000)"
                    + " → - [x] Run full evaluation on base model (Qwen-2.5-32B, N=1000)",
                Self.trainingRow, Self.lastUpdated,
            ])
        #expect(update.problems.isEmpty)
    }

    @Test func aWholeSection() throws {
        let (lines, _) = try changes([
            "Baseline Assessment / Run full", "Baseline Assessment / Document", "Baseline Assessment / Save baseline",
        ])
        #expect(lines.count == 6)
        #expect(lines.first == "### Baseline Assessment 📋 → ### Baseline Assessment ✅")
    }

    @Test func aNestedItemUnderASuffixAndAContradiction() throws {
        let (lines, update) = try changes([
            "Full Training Run / Use Best-of-N", "Sample Data Generation & Inspection / Manual inspection",
            "Critical Fixes / P0: Statistical rigor",
        ])
        #expect(
            lines == [
                "- [ ] P0: Statistical rigor improvements → - [x] P0: Statistical rigor improvements",
                "### Sample Data Generation & Inspection 📋 NEW → ### Sample Data Generation & Inspection ⏳ NEW",
                "- [ ] Manual inspection of sample data → - [x] Manual inspection of sample data",
                "### Full Training Run 📋 → ### Full Training Run ⏳",
                "  - [ ] Use Best-of-N (BoN) sampling (k=2-4 candidates per prompt)"
                    + " → " + "  - [x] Use Best-of-N (BoN) sampling (k=2-4 candidates per prompt)",
                Self.trainingRow, Self.lastUpdated,
            ])
        #expect(
            update.problems.map(\.message) == [
                "\"Critical Fixes\" is marked ✅ with 7 of 10 boxes ticked; the marker is left alone"
            ])
    }

    @Test func aWholeMilestoneGetsItsDateUnderItsTarget() throws {
        let before = try #require(RoadmapFixture.keptByHand)
        let roadmap = Roadmap.parse(before)
        let milestone = try #require(roadmap.sections.first { $0.title.hasPrefix("Milestone 5") })
        let references = roadmap.items(under: milestone).map(roadmap.name)
        let update = RoadmapRewriter.tick(before, references, on: Self.day)
        #expect(update.ticked.count == 7)
        let added = "\n**Completed**: 2026-11-21"
        let after = String(decoding: update.bytes, as: UTF8.self)
        let target = "**Target Completion**: 2025-11-05"
        #expect(after.contains(target + added + "\n\n---"))
        let lines = RoadmapFixture.changes(before, Array(after.replacing(added, with: "").utf8)).map(withoutNumber)
        #expect(lines.count == 7 + 3 + 1)
        #expect(lines.first == "## Milestone 5: Stage 2 Planning 📋 TODO → ## Milestone 5: Stage 2 Planning ✅ DONE")
    }

    @Test func theOverviewReportsWhatContradictsItself() throws {
        let roadmap = Roadmap.parse(try #require(RoadmapFixture.keptByHand))
        let overview = RoadmapOverview(of: roadmap, today: "2025-10-23")
        let counts = overview.milestones.map { "\($0.marker?.rawValue ?? "-") \($0.ticked)/\($0.total)" }
        #expect(counts == ["✅ 7/7", "⏳ 34/39", "⏳ 4/27", "📋 0/17", "📋 0/7", "📋 0/0", "📋 0/9"])
        #expect(
            overview.problems.map(\.message) == [
                "\"Milestone 2: Stage 1 Pipeline Implementation\" is not marked ✅ but has the completion date 2025-10-04",
                "\"Critical Fixes\" is marked ✅ with 7 of 10 boxes ticked; the marker is left alone",
                "\"Milestone 3: Stage 1 Baseline & Training\" was to be completed by 2025-10-22",
                "\"Evaluation Framework\" is marked ✅ with 4 of 6 boxes ticked; the marker is left alone",
                "the budget table marks \"M3: Training\" (line 298) 📋, the heading ⏳",
                "the budget table's row \"M5-M6: Future Stages\" (line 300) is about no single heading; its cells are left alone",
                "**Budget** in line 115 says $300.00, the budget table estimates $20.00 for \"M3: Training\" (line 298)",
            ])
    }
}
