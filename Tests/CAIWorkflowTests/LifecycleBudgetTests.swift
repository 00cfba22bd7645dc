// A finished task enters what was spent into the roadmap's budget table, in the same write that ticks its item.

import CAISystem
import CAIWorkflow
import Testing

@Suite("The budget table as work completes")
struct LifecycleBudgetTests {
    private static let roadmap = """
        # Roadmap

        ## M1: Baseline 📋 TODO

        - [ ] Measure the base
        - [ ] Report

        ## Budget

        | Milestone | Estimated | Actual | Status |
        |-----------|-----------|--------|--------|
        | M1        | $20       | $0     | 📋 Todo |
        | **Total** | $20       | $0     |        |

        """

    @Test("the item's share, the total, and the state of the row; done again it changes nothing")
    func actual() throws {
        let fixture = try LifecycleFixture()
        try fixture.folder.write(Self.roadmap, to: "ROADMAP.md")
        try fixture.drop("a.md")
        let task = try #require(try fixture.claim("a.md"))
        fixture.store.memory.state.withLock { $0.spent = ["a": 6.1, "other": 0.4] }
        try fixture.lifecycle().finish(task.record, fixture.ending(.succeeded, roadmap: ["M1 / Measure the base"]))
        let text = try fixture.folder.text("ROADMAP.md")
        #expect(text.contains("- [x] Measure the base") && text.contains("- [ ] Report"))
        #expect(text.contains("| M1        | $20       | $6.10  | ⏳ Doing |"), "\(text)")
        #expect(text.contains("| **Total** | $20       | $6.50  |        |"), "\(text)")

        try fixture.drop("b.md")
        let second = try #require(try fixture.claim("b.md"))
        try fixture.lifecycle().finish(second.record, fixture.ending(.succeeded))
        #expect(try fixture.folder.text("ROADMAP.md") == text)
    }

    @Test("without money and without items the roadmap is not touched")
    func nothing() throws {
        let fixture = try LifecycleFixture()
        try fixture.folder.write(Self.roadmap, to: "ROADMAP.md")
        let before = try fixture.files.status(fixture.workspace.roadmap)
        try fixture.drop("a.md")
        let task = try #require(try fixture.claim("a.md"))
        try fixture.lifecycle().finish(task.record, fixture.ending(.succeeded))
        #expect(try fixture.files.status(fixture.workspace.roadmap) == before)
    }
}
