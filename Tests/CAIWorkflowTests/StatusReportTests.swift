// Owns the tests of the report's shape for programs and of its words for people.

import CAISystem
import CAIWorkflow
import Testing

struct StatusReportTests {
    private func json(_ report: StatusReport) throws -> JSONValue {
        try CanonicalJSON.decode(JSONValue.self, from: CanonicalJSON.encode(report))
    }

    @Test func everyKeyIsThereAndNothingIsNull() throws {
        let value = try json(StatusFixture.report(running: false))
        #expect(value["version"] == .int(1))
        #expect(value["daemon"] == .object(["running": .bool(false), "pid": .null, "last_scan": .null]))
        #expect(
            value["pod"]
                == .object([
                    "provider": .string("local"), "state": .string("running"), "idle_since": .null, "stops_at": .null,
                ]))
        guard case .array(let queues)? = value["queues"], case .array(let running)? = queues[0]["in_progress"] else {
            Issue.record("queues and in_progress are arrays")
            return
        }
        #expect(
            running[1]
                == .object([
                    "file": .string("P0_c.md"), "priority": .string("P0"), "step": .null, "phase": .null,
                    "fraction": .null, "eta_s": .null,
                ]))
        #expect(running[0]["fraction"] == .double(0.409) && running[0]["eta_s"] == .int(125))
        #expect(queues[0]["completed"] == .int(12))
        #expect(value["money"] == .object(["spent_usd": .double(12.5), "budget_usd": .int(300)]))
    }

    @Test func aRoundTripIsTheSameReport() throws {
        for running in [true, false] {
            let report = StatusFixture.report(running: running)
            #expect(try CanonicalJSON.decode(StatusReport.self, from: CanonicalJSON.encode(report)) == report)
        }
    }

    private func page(_ name: String, _ report: StatusReport = StatusFixture.report()) throws -> String {
        try #require(StatusFixture.pages(report).all.first { $0.file == name }).body
    }

    @Test func textFromFilesCannotBreakATable() throws {
        let text = try page("QUEUE.md")
        #expect(text.contains("| blocked | | `x.md` | gate closed \\| really so |\n"))
        #expect(
            text.contains(
                "| in progress | P0 | `P0_a.md` | step train_sft, training, 40% of the task, about 2 min 5 s left |\n"
            ))
        #expect(text.contains("| in progress | P0 | `P0_c.md` | starting |\n"))
        #expect(text.contains("## idle\n\nEmpty; 0 completed.\n"))
    }

    @Test func theNextActionIsOne() throws {
        #expect(
            try page("PROJECT_STATUS.md").hasSuffix(
                "**Next**: look at `x.md` in `blocked/`; its last lines say what would unblock it.\n"))
        let stopped = try page("PROJECT_STATUS.md", StatusFixture.report(running: false))
        #expect(stopped.hasSuffix("**Next**: start the daemon with `caid run`.\n"))
        #expect(stopped.contains("caid is **not running**"))
        #expect(
            try page("PROJECT_STATUS.md").contains(
                "2 running, 1 pending, 1 blocked, 12 completed; $12.50 of $300.00 spent."))
    }

    @Test func moneyAndTimeAreSummed() throws {
        let text = try page("BUDGET.md")
        #expect(text.contains("$12.50 spent of $300.00; $287.50 left."))
        #expect(text.contains("| `a` | train_sft | 1 h 2 min | $12.50 |\n| **Total** | | 1 h 2 min | $12.50 |\n"))
    }

    @Test(arguments: [
        (0.0, "0 s"), (59.4, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3599.6, "1 h 0 min"), (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"), (-5, "0 s"), (1e300, "more than 30 years"), (.infinity, "more than 30 years"),
    ])
    func spansInWords(seconds: Double, words: String) { #expect(DurationWords.text(seconds) == words) }

    @Test func sumsInWords() {
        #expect(
            [0, 0.005, 12.345, -0.5, -0.001, 1234].map(USD.text) == [
                "$0.00", "$0.01", "$12.35", "-$0.50", "$0.00", "$1234.00",
            ])
        #expect(USD.text(.infinity) == "$inf" && USD.text(1e300) == "$1e+300")
        #expect(USD.text(.nan).hasPrefix("$") && DurationWords.text(.nan).isEmpty == false)
    }
}
