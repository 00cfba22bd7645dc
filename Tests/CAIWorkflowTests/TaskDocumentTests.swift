// Owns: checks that task files in every dialect are read as a person would read them.
// The files under Fixtures/tasks have the shapes of real ones; the expectations stand beside their names.
// Never edits a file.

import CAISystem
import CAIYAML
import Foundation
import Testing

@testable import CAIWorkflow

/// The bytes of a task fixture.
func taskFixture(_ name: String) throws -> [UInt8] {
    let folder = try #require(Bundle.module.resourceURL)
    return Array(try Data(contentsOf: folder.appending(path: "Fixtures/tasks/\(name)")))
}

@Suite struct TaskDocumentTests {
    struct Expected: Sendable, CustomTestStringConvertible {
        let file: String
        let title: String
        let priority: Priority
        var headerPriority: Priority?
        var assignedTo: String?
        var estimatedTime: String?
        var source: String?
        var isCancelled = false
        var testDescription: String { file }
    }

    static let dialects = [
        Expected(
            file: "20251004_153000_P0_baseline_assessment.md", title: "Measure the base model before any training",
            priority: .p0, headerPriority: .p0, assignedTo: "claude_code", estimatedTime: "3-4 hours",
            source: "design review of stage 1"),
        Expected(
            file: "20251005_P1_collect_pairs.md", title: "Collect preference pairs", priority: .p1, headerPriority: .p1,
            assignedTo: "codex", estimatedTime: "0.5 hours", source: "data_quality.md"),
        Expected(file: "P0_fix_data_leakage.md", title: "Fix the data leakage", priority: .p0, headerPriority: .p0),
        Expected(
            file: "P1_evaluate_sft.md", title: "Evaluate the tuned model", priority: .p1, headerPriority: .p1,
            source: "a question in the meeting"),
        Expected(
            file: "20251003_P2_old_plan_CANCELLED.md", title: "Train on raw pairs", priority: .p2, isCancelled: true),
        Expected(
            file: "review_the_prompts.md", title: "Review the prompts", priority: .p1, headerPriority: .p1,
            assignedTo: "gemini"),
        Expected(file: "20251006_tidy_up.md", title: "Tidy up", priority: .p2),
        Expected(file: "P2_open_fence.md", title: "Try the new filter", priority: .p2, headerPriority: .p2),
    ]

    @Test(arguments: dialects)
    func dialect(expected: Expected) throws {
        let document = try TaskDocument.parse(try taskFixture(expected.file), name: expected.file, file: expected.file)
        #expect(document.title == expected.title)
        #expect(document.priority == expected.priority)
        #expect(document.header.priority == expected.headerPriority)
        #expect(document.header.assignedTo == expected.assignedTo)
        #expect(document.header.estimatedTime == expected.estimatedTime)
        #expect(document.header.source == expected.source)
        #expect(document.isCancelled == expected.isCancelled)
        #expect(document.notes.isEmpty)
    }

    private func header(_ text: String) throws -> TaskHeader {
        try TaskDocument.parse(Array(text.utf8), name: "t.md", file: "t.md").header
    }

    @Test(arguments: [
        ("Priority: P0 (blocks everything)", Priority.p0), ("**Priority**: P0", .p0), ("**Priority:** P3", .p3),
        ("Priority: CRITICAL (P0)", .p0), ("Priority: P1 (Medium effort)", .p1), ("priority: low", .p3),
        ("**Priority: P1**  ", .p1), ("__Priority__: Medium", .p2), ("* Priority: **HIGH**", .p1),
        ("> Priority: P3", .p3),
        ("Priority: High (P0)", .p0), ("🔴 **Priority**: P0", .p0), ("Priority:P1\\", .p1),
    ])
    func priorityDialects(line: String, expected: Priority) throws {
        #expect(try header("# Title\n\n\(line)\n").priority == expected)
        #expect(try header("# Title\r\n\(line)\r\n\r\n## Next\r\nPriority: P2\r\n").priority == expected)
    }

    @Test(arguments: [
        "**Priority**: CANCELLED", "Priority:", "Priority: someday", "Top Priority: P0", "| Priority | P0 |",
        "## Section\nPriority: P0", "```\nPriority: P0\n```", "Assigned To: x\n\n---\nPriority: P0",
        "<!--\nPriority: P0\n-->",
    ])
    func noPriority(text: String) throws {
        #expect(try header("# Title\n\n\(text)\n").priority == nil)
    }

    @Test func titles() throws {
        let expected = [
            "# Task: X": "X", "# P0: X": "X", "# P1: X - COMPLETED": "X", "# CANCELLED: X": "X", "## Task: X": "X",
            "# X ✅": "X", "# X (DONE)": "X", "# Task: P0: Fix: the thing": "Fix: the thing", "# TASK: X": "X",
            "# **Task**: X": "X", "# Ratio: 3": "Ratio: 3", "# COMPLETED": "COMPLETED", "# Task:": "Task:",
            "# Work to be done": "Work to be done", "# X\u{202E}\u{7}Y": "X Y",
        ]
        for (heading, title) in expected {
            #expect(try header("\(heading)\nPriority: P1\n").title == title, "\(heading)")
        }
        #expect(try header("# P1: X\n").priority == .p1)
        #expect(try header("# P1: X\nPriority: P3\n").priority == .p3)
    }

    @Test func anyBytesHaveADocument() throws {
        for bytes in [[], [0xFF, 0xFE, 0x00], Array("\n\n".utf8), [0xEF, 0xBB, 0xBF]] as [[UInt8]] {
            let document = try TaskDocument.parse(bytes, name: "20250101_P1_fix_the_thing.md", file: "t.md")
            #expect(document.title == "fix the thing")
            #expect(document.priority == .p1)
        }
    }

    @Test func orderIsPriorityThenStampThenName() throws {
        let names = [
            "P2_a.md", "20251004_P0_b.md", "20251003_120000_P0_z.md", "20251003_P0_z.md", "P0_a.md", "20251004_P0_a.md",
            "nothing.md",
        ]
        let sorted = try names.map { try TaskDocument.parse([], name: $0, file: $0) }.sorted { $0.order < $1.order }
        #expect(
            sorted.map(\.name.fileName) == [
                "20251003_P0_z.md", "20251003_120000_P0_z.md", "20251004_P0_a.md", "20251004_P0_b.md", "P0_a.md",
                "P2_a.md",
                "nothing.md",
            ])
    }
}
