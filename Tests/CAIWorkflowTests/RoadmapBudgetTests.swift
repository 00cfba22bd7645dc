// Owns: what entering money changes in a budget table, byte for byte, and what it leaves alone and reports.
// Never ticks, except where a tick brings a Status cell along.

import Testing

@testable import CAIWorkflow

@Suite struct RoadmapBudgetTests {
    private static let boxes = """
        ## Milestone 1: Dome ✅ DONE
        - [x] Pier
        ## Milestone 2: Camera ⏳ DOING
        - [x] Mount
        - [ ] Focus
        ## Milestone 10: Paper 📋 TODO
        ### Draft 📋
        - [ ] Text

        """

    /// The table's rows after entering; `|` rows only.
    private func enter(
        _ rows: [String], _ spent: [(String, Double)], total: Double = 0,
        header: String = "| Milestone | Estimated | Actual | Status |\n|---|---|---|---|"
    ) -> (rows: [String], problems: [BudgetProblem]) {
        let text = Self.boxes + "## Budget\n\n" + header + "\n" + rows.joined(separator: "\n")
        let spends = spent.map { RoadmapSpend(reference: $0.0, usd: $0.1) }
        let update = RoadmapBudget.entering(spends, totalUSD: total, into: Array(text.utf8))
        let again = RoadmapBudget.entering(spends, totalUSD: total, into: update.bytes)
        #expect(again.bytes == update.bytes)
        let after = String(decoding: update.bytes, as: UTF8.self)
        let kept = text.split(separator: "\n", omittingEmptySubsequences: false).count - rows.count
        let lines = after.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(
            lines.prefix(kept).joined(separator: "\n") + "\n"
                == String(text.dropLast(rows.joined(separator: "\n").count)))
        return (Array(lines.dropFirst(kept)), update.problems)
    }

    private func entered(_ row: String, _ spent: [(String, Double)]) -> String { enter([row], spent).rows[0] }

    private let camera = [("Milestone 2 / Mount", 6.1)]

    @Test(arguments: [
        ("| M2: Camera | $400 | - | ⏳ Doing |", "| M2: Camera | $400 | $6.10 | ⏳ Doing |"),
        ("| M2: Camera | $400 | -      | ⏳ Doing |", "| M2: Camera | $400 | $6.10  | ⏳ Doing |"),
        ("| M2: Camera | $400 |      - | ⏳ Doing |", "| M2: Camera | $400 |  $6.10 | ⏳ Doing |"),
        ("| **M2** | $400 | **$0** | ⏳ |", "| **M2** | $400 | **$6.10** | ⏳ |"),
        ("| Milestone 2 | $400 | $0 (dev only) | ⏳ |", "| Milestone 2 | $400 | $6.10 (dev only) | ⏳ |"),
        ("| Camera | $400 | TBD    | ⏳ |", "| Camera | $400 | $6.10  | ⏳ |"),
        ("| Milestone 2: Camera | | ~$5 | ⏳ |", "| Milestone 2: Camera | | $6.10 | ⏳ |"),
        ("| M2 \\| Camera | `a\\|b` | \\$0 | ⏳ |", "| M2 \\| Camera | `a\\|b` | \\$6.10 | ⏳ |"),
        ("|M2|$400|-|⏳|", "|M2|$400|$6.10|⏳|"), ("| M2 | $4 | | ⏳ |", "| M2 | $4 | $6.10 | ⏳ |"),
        ("| M2 | $4 |         | ⏳ |", "| M2 | $4 | $6.10   | ⏳ |"), ("| M2 | $4 || ⏳ |", "| M2 | $4 | $6.10 | ⏳ |"),
        ("M2 | $4 | - | ⏳", "M2 | $4 | $6.10 | ⏳"), ("| M2 | $4 |\t-\t| ⏳ |", "| M2 | $4 |\t$6.10\t| ⏳ |"),
        ("| M2 | $4 | $1.005 | ⏳ | ", "| M2 | $4 | $6.10  | ⏳ | "),
        ("| M2 | $4 | n/a | 📋 |", "| M2 | $4 | $6.10 | ⏳ |"),
        ("| M2 | $4 | - | 📋 Todo |", "| M2 | $4 | $6.10 | ⏳ Doing |"),
        ("| M2 | $4 | - | - |", "| M2 | $4 | $6.10 | ⏳ |"),
        ("| M2 | $4 | - | Todo        |", "| M2 | $4 | $6.10 | Doing       |"),
        ("| M2 | $4 | - | todo 📋 |", "| M2 | $4 | $6.10 | doing ⏳ |"),
        ("| M2 | $4 | - | **📋 TODO** (late) |", "| M2 | $4 | $6.10 | **⏳ DOING** (late) |"),
        ("| M2 | $4 | - | 📋 planned |", "| M2 | $4 | $6.10 | 📋 planned |"),
        ("| M2 | $4 | - | 📋 0% |", "| M2 | $4 | $6.10 | 📋 0% |"), ("| M2 | $4 | - | 🚨 |", "| M2 | $4 | $6.10 | 🚨 |"),
    ])
    func theRowOfTheMilestoneIsFilledIn(_ before: String, _ after: String) {
        #expect(entered(before, camera) == after)
    }

    @Test(arguments: [
        "| M1 | $400 | - | 📋 |", "| M10 | $400 | - | ✅ |", "| M2 | $400 | $6.10 | ⏳ |", "| M2 | $4 | see bill | ⏳ |",
        "| M2 | $4 | $5-9 | ⏳ |", "| M2 | $4 | €5 | ⏳ |", "| M2 | $4 | $2/h | ⏳ |", "| M2 | $4 | $5k | ⏳ |",
        "| M2 | $4 | $5,50 | ⏳ |", "| M2 | $4 | $,500 | ⏳ |", "| M2 | $4 | $ | ⏳ |",
        "| M2 | $4 | $1,000.50 | ⏳ |", "| M2 | $4 | ~$20 | ⏳ |", "| M2-M3 | $4 | - | ⏳ |", "| M2 and M3 | $4 | - | ⏳ |",
        "| M2 – 3 | $4 | - | ⏳ |", "| Milestone 20 | $4 | - | ⏳ |", "| | $4 | - | ⏳ |", "| M2 | - | ⏳ |",
        "| M2 | $4 | `a|b` | - | ⏳ |", "| 2 | $4 | - | ⏳ |", "| Cam | $4 | - | ⏳ |",
    ])
    func everyOtherRowIsLeftAlone(_ row: String) {
        #expect(entered(row, camera) == row)
    }

    @Test func tasksOfOneMilestoneAddUp() {
        let spent = [
            ("Milestone 2 / Mount", 1.004), ("Camera / nothing", 50), ("no reference", 50),
            ("Milestone 2 / Focus", 0.5),
            ("Draft / Text", 0.25),
        ]
        let (rows, problems) = enter(["| M10 | $5 | - | - |", "| M2 | $4 | - | ⏳ |", "| M1 | $1 | - | ✅ |"], spent)
        #expect(rows == ["| M10 | $5 | $0.25 | 📋 |", "| M2 | $4 | $1.50 | ⏳ |", "| M1 | $1 | - | ✅ |"])
        #expect(problems.isEmpty)
    }

    @Test func aTaskThatNamesSeveralItemsIsSharedAmongThem() {
        let spent = RoadmapSpend.shares(of: 9, among: ["Milestone 2 / Mount", "Milestone 2 / Focus", "Draft / Text"])
        let (rows, _) = enter(
            ["| M10 | $5 | - | - |", "| M2 | $4 | - | ⏳ |", "| Total | $9 | - | - |"],
            spent.map { ($0.reference, $0.usd) })
        #expect(rows == ["| M10 | $5 | $3.00 | 📋 |", "| M2 | $4 | $6.00 | ⏳ |", "| Total | $9 | $9.00 | - |"])
        #expect(RoadmapSpend.shares(of: 9, among: []).isEmpty)
    }

    @Test func workThatCostNothingIsWrittenDown() {
        #expect(entered("| M2 | $4 | - | 📋 |", [("Milestone 2 / Mount", 0)]) == "| M2 | $4 | $0 | ⏳ |")
        #expect(entered("| M2 | $4 | $20 | ⏳ |", [("Milestone 2 / Mount", 0)]) == "| M2 | $4 | $20 | ⏳ |")
        #expect(entered("| M2 | $4 | - | ⏳ |", []) == "| M2 | $4 | - | ⏳ |")
    }

    @Test func aLargerAmountStaysAndIsReported() {
        let (rows, problems) = enter(["| M2 | $4 | $20 | ⏳ |", "| **Total** | $9 | **$30** | - |"], camera)
        #expect(rows == ["| M2 | $4 | $20 | ⏳ |", "| **Total** | $9 | **$30** | - |"])
        #expect(
            problems == [
                .amountDiffers(label: "M2", line: 13, table: 2000, ledger: 610),
                .amountDiffers(label: "Total", line: 14, table: 3000, ledger: 2000),
            ])
        #expect(problems[0].message.contains("$20.00 for \"M2\" (line 13), the ledger $6.10"))
    }

    @Test func theTotalIsWhatTheRowsAndTheRestAddUpTo() {
        func total(_ rows: [String], _ spent: [(String, Double)], _ usd: Double) -> String? {
            enter(rows + ["| **Total** | **$9** | **$0** | - |"], spent, total: usd).rows.last
        }
        #expect(
            total(["| M1 | $4 | $870 | ✅ |", "| M2 | $4 | - | ⏳ |"], camera, 6.1)
                == "| **Total** | **$9** | **$876.10** | - |")
        #expect(total(["| M2 | $4 | - | ⏳ |"], camera, 8) == "| **Total** | **$9** | **$8.00** | - |")
        #expect(total(["| M1-M2 | $4 | $6.10 | ⏳ |"], camera, 6.1) == "| **Total** | **$9** | **$6.10** | - |")
        #expect(
            total(["| M10 | $4 | - | - |", "| Draft | $4 | - | - |"], [("Draft / Text", 2)], 2)
                == "| **Total** | **$9** | **$2.00** | - |")
        #expect(total(["| M2 | $4 | - | ⏳ |"], [], 0) == "| **Total** | **$9** | **$0** | - |")
    }

    @Test func whatCannotBeEnteredIsReported() {
        let (rows, problems) = enter(
            [
                "| M2 | $4 | see bill | ⏳ |", "| M1 | $4 | - | 📋 |", "| M5-M6: Later | $4 | - | - |",
                "| M10: Text | $1 | - | - |", "| M10: Talk | $1 | - | - |",
            ], camera + [("Draft / Text", 1)])
        #expect(rows[0] == "| M2 | $4 | see bill | ⏳ |")
        #expect(
            problems == [
                .noAmount(label: "M2", line: 13, text: "see bill", ledger: 610),
                .statusDiffers(label: "M1", line: 14, table: .todo, heading: .done),
                .unmatchedRow(label: "M5-M6: Later", line: 15, headings: []),
                .twinRows(heading: "Milestone 10: Paper", lines: [16, 17]),
            ])
        #expect(problems.allSatisfy { !$0.message.isEmpty && $0.line > 12 })
    }

    @Test func aStateIsNeverTakenBack() {
        let (rows, problems) = enter(["| M2 | $4 | - | ✅ Done |"], camera)
        #expect(rows == ["| M2 | $4 | $6.10 | ✅ Done |"])
        #expect(problems == [.statusDiffers(label: "M2", line: 13, table: .done, heading: .doing)])
    }

    @Test func alignmentAndOtherHeadersAreUnderstood() {
        let header = "| Phase | **Actual Cost (USD)** | Notes | STATUS |\n|:--|--:|:-:|---|"
        let (rows, _) = enter(["| M2 |   -    | x | 📋  |", "| M10 | $12.5 | | |"], camera, header: header)
        #expect(rows == ["| M2 | $6.10  | x | ⏳  |", "| M10 | $12.5 | | |"])
    }

    @Test(arguments: [
        "```\n| M | Actual | $ |\n|---|---|---|\n| M2 | - | |\n```",
        "<!--\n| M | Actual | $ |\n|---|---|---|\n| M2 | - | |\n-->",
        "> | M | Actual | $ |\n> |---|---|---|\n> | M2 | - | |",
        "| M | Actual Hours | $ |\n|---|---|---|\n| M2 | - | |",
        "| M | Actual |\n|---|---|\n| M2 | - |", "| M | Actual | $ |\n| M2 | - | |",
        "| M | Spent | $ |\n|---|---|---|\n| M2 | - | |",
        "| M | Actual | $ |\n|---|---|\n| M2 | - | |", "| Actual | $ |\n|---|---|\n| M2 | - |",
        "| M | Actual | $ |\n|---|---|---|\n\n| M2 | - | |",
        "    | M | Actual | $ |\n    |---|---|---|\n    | M2 | - | |",
        "| M | Actual | $ |\n|---|---|---|\n| M2 | - | |\n\n| M | Actual | $ |\n|---|---|---|\n| M2 | - | |",
    ])
    func isNoBudgetTable(_ table: String) {
        let bytes = Array((Self.boxes + table).utf8)
        let update = RoadmapBudget.entering([RoadmapSpend(reference: "M2", usd: 1)], totalUSD: 5, into: bytes)
        #expect(update.bytes == bytes)
        let spent = [RoadmapSpend(reference: "Milestone 2 / Mount", usd: 1)]
        #expect(RoadmapBudget.entering(spent, totalUSD: 5, into: bytes).bytes == bytes)
    }

    @Test func ofSeveralTablesTheOneUnderBudgetCounts() {
        let table = "| M | Actual | Plan |\n|---|---|---|\n| M2 | - | $4 |\n"
        let text = Self.boxes + "## Old plan\n\n" + table + "\n## Budget\n\n" + table
        let spent = [RoadmapSpend(reference: "Milestone 2 / Mount", usd: 1)]
        let update = RoadmapBudget.entering(spent, totalUSD: 1, into: Array(text.utf8))
        let expected = String(text.dropLast(table.count)) + table.replacing("| - |", with: "| $1.00 |")
        #expect(String(decoding: update.bytes, as: UTF8.self) == expected)
    }

    @Test func aTickBringsTheStatusCellAlong() {
        let table = "\n| M | Actual $ | Status |\n|---|---|---|\n| M2 | - | ⏳ Doing |\n| Draft | - | 📋 |\n"
        let text = Self.boxes + table
        let update = RoadmapRewriter.tick(Array(text.utf8), ["Milestone 2 / Focus"], on: "2025-05-20")
        let after = String(decoding: update.bytes, as: UTF8.self)
        #expect(after.hasSuffix(table.replacing("⏳ Doing |", with: "✅ Done  |")))
        #expect(update.problems.isEmpty)
    }

    @Test func aMilestoneThatContradictsItsBoxesKeepsItsStatusCell() {
        let text = "## M1 ✅\n- [ ] a\n- [ ] b\n\n| M | Actual $ | Status |\n|---|---|---|\n| M1 | - | 📋 |\n"
        let update = RoadmapRewriter.tick(Array(text.utf8), ["M1 / a"], on: "2025-05-20")
        #expect(String(decoding: update.bytes, as: UTF8.self) == text.replacing("- [ ] a", with: "- [x] a"))
        let spent = [RoadmapSpend(reference: "M1 / a", usd: 2)]
        let entered = RoadmapBudget.entering(spent, totalUSD: 2, into: Array(text.utf8))
        #expect(String(decoding: entered.bytes, as: UTF8.self) == text.replacing("| - |", with: "| $2.00 |"))
        #expect(entered.problems == [.statusDiffers(label: "M1", line: 7, table: .todo, heading: .done)])
    }

    @Test func theTextsFigureIsComparedWithTheTable() {
        let table = "| M | Estimated | Actual |\n|---|---|---|\n| M1 | $20 | - |\n| Total | $150 | - |\n"
        let text =
            "**Budget**: $300 in all\n\n## M1\n**Budget**: ~$20\n- [ ] a\n## M2\n**Budget**: 40 nights\n\n" + table
        let update = RoadmapBudget.entering([], totalUSD: 0, into: Array(text.utf8))
        #expect(update.problems == [.estimateDiffers(label: "Total", line: 12, table: 15000, textLine: 1, text: 30000)])
    }

    @Test(arguments: [Double.nan, .infinity, -5, 1e300]) func whatIsNoSumOfMoneyCountsAsNone(_ usd: Double) {
        #expect(entered("| M2 | $4 | - | ⏳ |", [("Milestone 2 / Mount", usd)]) == "| M2 | $4 | $0 | ⏳ |")
    }

    @Test func windowsLineEndingsAndBrokenTextSurvive() {
        let text = Self.boxes + "\n| M | Actual $ | Status |\n|---|---|---|\n| M2 | - | ⏳ |\n| M1"
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + text.utf8.flatMap { $0 == 10 ? [13, 10] : [$0] } + [0xFF, 0x00]
        let spent = [RoadmapSpend(reference: "Milestone 2 / Mount", usd: 1)]
        let update = RoadmapBudget.entering(spent, totalUSD: 1, into: bytes)
        let place = Array("M2 | ".utf8)
        let start = bytes.indices.first { bytes[$0...].starts(with: place) } ?? 0
        #expect(update.bytes == Array(bytes[..<(start + 5)]) + Array("$1.00".utf8) + bytes[(start + 6)...])
    }
}
