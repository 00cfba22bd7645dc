// Owns: checks of task file names: their parts, and which may be claimed.
// Includes the names that editors and synchronisers leave behind.
// Never touches a file.

import Testing

@testable import CAIWorkflow

@Suite struct TaskNameTests {
    @Test(
        arguments: [
            ("20251004_153000_P0_some_words.md", "20251004_153000", Priority.p0, "some_words"),
            ("20251004_P1_some.md", "20251004", .p1, "some"), ("P3_x.md", nil, .p3, "x"),
            ("words.md", nil, nil, "words"),
            ("20251004_stage1.md", "20251004", nil, "stage1"), ("20251004_120000.md", "20251004_120000", nil, ""),
            ("20251004.md", "20251004", nil, ""), ("2025100_P0_x.md", nil, nil, "2025100_P0_x"),
            ("20251004_1234_x.md", "20251004", nil, "1234_x"), ("P4_x.md", nil, nil, "P4_x"),
            ("P0x.md", nil, nil, "P0x"),
            ("20251003_P2_plan_CANCELLED.md", "20251003", .p2, "plan"),
        ] as [(String, String?, Priority?, String)])
    func parts(name: String, stamp: String?, priority: Priority?, slug: String) {
        let parsed = TaskName(name)
        #expect(parsed.stamp == stamp)
        #expect(parsed.priority == priority)
        #expect(parsed.slug == slug)
        #expect(parsed.stem + ".md" == name)
        #expect(parsed.isCancelled == name.contains("CANCELLED"))
    }

    @Test(arguments: ["a.md", "P0_x.md", "2.md", "with space.md", "a.b.md", "aé.md", "x_CANCELLED.md"])
    func claimable(name: String) {
        #expect(TaskName(name).isClaimable)
    }

    @Test(arguments: [
        "4913", "t.md~", ".t.md.AbC123", "t.md.tmp", "x.tmp.md", "t.sync-conflict-20240101-120000-ABCDEFG.md", "#x#",
        "#t.md#", "t.md.COMPLETED", ".t.md.swp", ".md", "md", "t.MD", "t.txt", "_t.md", "-t.md", "ü.md", "~t.md",
        "a\nb.md",
        "a\u{1B}[31m.md", "t (conflicted copy 2024-01-01).md", "t (Ann's conflicted copy).md", "a\u{FFFD}.md", "",
    ])
    func notClaimable(name: String) {
        #expect(!TaskName(name).isClaimable)
    }
}
