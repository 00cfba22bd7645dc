// Owns the tests of what people read: figures, fences, the report and the demonstration's last lines.
// Never snapshots whole pages, which would only repeat the code.

import Testing

@testable import CAIPipeline

private let facts = RunFacts(
    pipeline: "stage1", run: "20251004_P0_first", model: "tiny", modelRevision: "abc123",
    heldOutSHA256: "0123456789abcdef0123",
    seed: 1, shots: 3, hyperparameters: [.init("learning rate", "0.002")], counts: [.init("SFT examples", "120")],
    seconds: 95, usd: 0, filterReport: nil, reproduce: "caid submit task.md && caid run --drain")

@Suite("Report")
struct ReportTests {
    @Test(arguments: [
        (0.1235, 3, "0.124"), (0, 3, "0.000"), (1, 3, "1.000"), (-0.0001, 2, "0.00"), (-1.5, 1, "-1.5"),
        (12.04, 0, "12"),
    ])
    func fixedDecimals(value: Double, digits: Int, text: String) { #expect(Format.fixed(value, digits) == text) }

    @Test(arguments: [
        (0.5, "0.500"), (0.001, "0.001"), (0.00099, "9.9e-04"), (6.144e-15, "6.1e-15"), (9.99e-5, "1.0e-04"),
        (0, "0.000"), (3e-120, "3.0e-120"),
    ])
    func pValues(p: Double, text: String) { #expect(Format.pValue(p) == text) }

    @Test func durations() {
        #expect(Format.duration(seconds: 75.4) == "75 s")
        #expect(Format.duration(seconds: 750) == "12 min 30 s")
        #expect(Format.duration(seconds: 11_100) == "3 h 05 min")
    }

    @Test("nothing breaks out of a fence", arguments: ["plain", "```\nout", "a ````` b", "~~~\n`"])
    func fences(text: String) {
        let lines = Markdown.fenced(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let fence = String(lines[0].prefix { $0 == "`" })
        #expect(fence.count >= 3)
        #expect(!text.contains(fence))
        #expect(lines.dropLast().last == fence)
        #expect(lines[1..<(lines.count - 2)].joined(separator: "\n") == text)
    }

    @Test func cellsStayInTheirTable() { #expect(Markdown.cell("a|b\nc") == "a\\|b c") }

    @Test func detectableDifference() throws {
        // scipy: 30 against 15 of 300 gives 0.0357, 29 against 16 gives 0.0725.
        #expect(abs(try #require(Statistics.detectableDifference(n: 300)) - 0.05) < 1e-12)
        #expect(Statistics.detectableDifference(n: 10) == nil)
    }

    @Test func lastLines() throws {
        let demo = DemoSummary(
            try Summary(items: Fixture.evaluation()), items: Fixture.evaluation(), heldOut: Fixture.heldOut)
        #expect(
            demo.lastLines == [
                "base n=20 rate=0.100 [0.028, 0.301]", "control n=20 rate=0.150 [0.052, 0.360] lift=+5.0 p=1.000",
                "sft n=20 rate=0.800 [0.584, 0.919] p=1.2e-04",
            ])
    }

    @Test func demoShowsFivePairsTheLastAFailure() throws {
        let items = Fixture.evaluation()
        let demo = DemoSummary(try Summary(items: items), items: items, heldOut: Fixture.heldOut)
        #expect(demo.examples.contains("1. [fact] Question 0?"))
        #expect(demo.examples.contains("2. [list] Question 1?"))
        #expect(demo.examples.contains("5. [fact] Question 16?"))
        #expect(!demo.examples.contains("6. "))
        #expect(demo.examples.contains("The last of these is a failure of sft."))
        #expect(
            demo.examples.contains(
                "answering without examples, no more: shown examples, the same base already has 90.0%"))
    }

    @Test func demoWithoutAnSFTFailureSaysSo() throws {
        let items = Fixture.evaluation(sft: 20)
        let demo = DemoSummary(try Summary(items: items), items: items, heldOut: Fixture.heldOut)
        #expect(demo.examples.contains("sft has no failure on these items; the last of these is a failure of base."))
        #expect(demo.examples.contains("5. [fact] Question 2?"))
    }

    @Test func reportHasEverySectionAndEveryFailure() throws {
        let items = Fixture.evaluation(wrong: " ```\n# not a heading\n````")
        var facts = facts
        facts.filterReport =
            FilterChain.standard(votesNeeded: 1).run(
                [Candidate(item: Fixture.item(1), samples: [])], heldOut: []
            ).report
        let text = Report(try Summary(items: items), items: items, heldOut: Fixture.heldOut, facts: facts).markdown
        for section in [
            "Result", "Methods", "Rates", "Comparisons", "By type", "Seen and unseen templates", "Failures", "Run",
            "Data",
            "Limits of the claim", "Reproduce",
        ] {
            #expect(text.contains("\n## \(section)\n"), "\(section)")
        }
        #expect(text.contains("| sft | wrapped | content | 20 | 16 | 0.800 | [0.584, 0.919] |"))
        #expect(text.contains("| base (raw) | sft (wrapped) | content | +70.0 |"))
        #expect(text.contains("4 of 20 answers of sft are wrong.\n"))
        for number in 16..<20 { #expect(text.contains("--- right: right \(number)\n`````\n")) }
        #expect(text.contains("| empty | 1 |"))
        #expect(text.contains("| time | 95 s |") && text.contains("| cost | 0.00 USD |"))
        #expect(text.contains("What SFT taught here is answering without examples"))
        #expect(text.contains("do not cover the training seed"))
        #expect(text.contains("caid submit task.md && caid run --drain"))
        #expect(!text.contains("\n\n\n"))
    }

    @Test func manyFailuresAreCountedAndCut() throws {
        let items = Fixture.evaluation(sft: 1)
        let text = Report(
            try Summary(items: items), items: items, heldOut: Fixture.heldOut, facts: facts, failuresShown: 5
        ).markdown
        #expect(
            text.contains("19 of 20 answers of sft are wrong; the first 5 follow, the other 14 stand in `items.jsonl`.")
        )
        #expect(text.split(separator: "--- right:").count - 1 == 5)
    }
}
