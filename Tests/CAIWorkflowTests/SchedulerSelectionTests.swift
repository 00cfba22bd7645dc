// Owns the tests of what runs next, and of the reasons why the rest does not.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Testing

struct SchedulerSelectionTests {
    private let now = Date(timeIntervalSince1970: 1_795_224_600)

    private func candidate(_ name: String, header: String = "", queue: String = "gpu", settled: Bool = true)
        -> Candidate
    {
        let text = header.isEmpty ? "# Task: X\n" : "---\n\(header)\n---\n# Task: X\n"
        let (document, problems) = TaskDocument.diagnose(Array(text.utf8), name: name, file: name)
        let status = FileStatus(kind: .regular, inode: 1, size: 1, modified: 1, mode: 0o644)
        return Candidate(
            file: PendingFile(queue: queue, name: name, status: status), document: document, problems: problems,
            isSettled: settled)
    }

    private func choose(
        _ candidates: [Candidate], completed: Set<String> = [], free: [String: Int] = ["gpu": 99],
        obstacle: (Candidate) -> String? = { _ in nil }
    ) -> Selection {
        Selection.choose(from: candidates, completed: completed, freeSlots: free, obstacle: obstacle, now: now)
    }

    private func names(_ selection: Selection) -> [String] { selection.ready.map(\.file.name) }

    @Test func priorityThenStampThenName() {
        let names = [
            "20251001_P3_d.md", "P0_z.md", "20251002_P0_b.md", "20251001_P0_c.md", "x.md", "P1_a.md",
            "20251001_120000_P0_a.md", "20251001_P0_a.md",
        ]
        let expected = [
            "20251001_P0_a.md", "20251001_P0_c.md", "20251001_120000_P0_a.md", "20251002_P0_b.md", "P0_z.md", "P1_a.md",
            "x.md", "20251001_P3_d.md",
        ]
        #expect(self.names(choose(names.map { candidate($0) })) == expected)
        #expect(self.names(choose(names.reversed().map { candidate($0) })) == expected)
        #expect(
            self.names(choose([candidate("P1_a.md"), candidate("P3_b.md", header: "priority: P0")])) == [
                "P3_b.md", "P1_a.md",
            ])
    }

    @Test func slotsAreGivenInThatOrderAndPerQueue() {
        let tasks = [
            candidate("P2_c.md"), candidate("P0_a.md"), candidate("P1_b.md"), candidate("P3_d.md", queue: "other"),
        ]
        let selection = choose(tasks, free: ["gpu": 1, "other": 1])
        #expect(names(selection) == ["P0_a.md", "P3_d.md"])
        #expect(selection.waiting["gpu/P1_b.md"] == .slot("waiting for a slot: 'gpu' is busy"))
        #expect(selection.waiting.count == 2)
        #expect(names(choose(tasks, free: ["gpu": -1])) == [], "more at work than there are slots by now")
    }

    @Test func whatCannotRunTakesNoSlot() {
        let selection = choose(
            [candidate("P0_a.md", header: "needs: [b.md]"), candidate("P1_b.md")], free: ["gpu": 1])
        #expect(names(selection) == ["P1_b.md"])
    }

    @Test func needsAreNamesStemsOrQueueAndName() {
        let task = candidate("a.md", header: "needs: [x.md, y, other/z.md, other/w]")
        let all: Set = ["gpu/x.md", "cpu/y.md", "other/z.md", "other/w.md"]
        #expect(names(choose([task], completed: all)) == ["a.md"])
        for (missing, reason) in [
            ("gpu/x.md", "x.md"), ("cpu/y.md", "y"), ("other/z.md", "other/z.md"), ("other/w.md", "other/w"),
        ] {
            let selection = choose([task], completed: all.subtracting([missing]))
            #expect(selection.ready.isEmpty)
            #expect(selection.waiting["gpu/a.md"]?.reason == "waiting for \(reason) to be completed")
        }
        let elsewhere = choose([candidate("a.md", header: "needs: [other/z]")], completed: ["gpu/z.md"])
        #expect(elsewhere.ready.isEmpty, "the task of that name in another queue is another task")
        let two = choose([candidate("a.md", header: "needs: [x, y]")])
        #expect(two.waiting["gpu/a.md"]?.reason == "waiting for x, y to be completed")
    }

    @Test func notBeforeIsInclusive() {
        let task = candidate("a.md", header: "not_before: 2026-11-21T01:30:00Z")
        #expect(names(choose([task])) == ["a.md"])
        let later = choose([candidate("a.md", header: "not_before: 2026-11-21T01:30:01Z")])
        #expect(later.waiting["gpu/a.md"] == .condition("not before 2026-11-21T01:30:01.000Z"))
    }

    @Test func cancelledAndUnapprovedWait() {
        let selection = choose([
            candidate("a_CANCELLED.md"), candidate("b.md", header: "requires_approval: true"),
        ])
        #expect(selection.ready.isEmpty)
        #expect(selection.waiting["gpu/a_CANCELLED.md"]?.reason.hasPrefix("marked as cancelled") == true)
        #expect(
            selection.waiting["gpu/b.md"]
                == .condition("waiting for a person's approval: remove `requires_approval` from the header to give it"))
    }

    @Test func unsettledFilesAreNotLookedAtAnyFurther() {
        let selection = choose([candidate("a.md", header: "needs: [x]", settled: false)])
        #expect(selection.waiting["gpu/a.md"] == .settling)
    }

    @Test func aMalformedHeaderIsTakenUpToBeBlocked() {
        let broken = candidate("a.md", header: "needs: [x]\nretries: many")
        #expect(!broken.problems.isEmpty)
        let selection = choose([broken], obstacle: { _ in "waiting: no executor" })
        #expect(names(selection) == ["a.md"])
        #expect(choose([broken], free: [:]).waiting["gpu/a.md"] == .slot("waiting for a slot: 'gpu' is busy"))
    }

    @Test func anObstacleIsACondition() {
        let selection = choose([candidate("a.md")], obstacle: { "no executor for \($0.file.queue)" })
        #expect(selection.waiting["gpu/a.md"] == .condition("no executor for gpu"))
    }

    @Test func everyCandidateIsEitherReadyOrWaiting() {
        let tasks = (0..<40).map { number in
            candidate(
                "P\(number % 4)_\(number).md", header: number % 5 == 0 ? "needs: [x]" : "", settled: number % 7 != 0)
        }
        let selection = choose(tasks, free: ["gpu": 6])
        #expect(selection.ready.count == 6)
        #expect(selection.ready.count + selection.waiting.count == tasks.count)
        #expect(selection.waiting.values.allSatisfy { !$0.reason.isEmpty })
    }
}
