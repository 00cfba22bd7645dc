// Owns the tests of the pages about the pod and its money.

import CAIWorkflow
import Testing

struct StatusMoneyPagesTests {
    private func page(
        _ name: String, state: String = "running", running: Bool = true, pod: PodPage? = nil, budget: BudgetPage? = nil
    ) throws -> String {
        var report = StatusFixture.report(running: running)
        report.pod = .init(
            provider: "runpod", state: state, idle_since: "2026-11-21T01:25:00.000Z",
            stops_at: "2026-11-21T01:35:00.000Z")
        let pages = StatusPages(
            report: report, costs: [StepCost(task: "(pod)", step: "idle", seconds: 60, usd: 12.5)], happenings: [],
            roadmap: nil, pod: pod, budget: budget)
        return try #require(pages.all.first { $0.file == name }).body
    }

    private var pod: PodPage {
        var pod = PodPage()
        pod.machine = "abc123"
        pod.since = "2026-11-21T00:10:00.000Z"
        pod.gpu = "NVIDIA H100 80GB HBM3"
        (pod.usdPerHour, pod.storageUSDPerHour) = (2.69, 0.02777)
        pod.endpoint = "1.2.3.4:22022"
        pod.verdict = "idle: nothing runs"
        pod.checkpoints = [
            .init(task: "stage1", step: "train_sft", seq: 3, at: "2026-11-21T01:20:00.000Z", atRisk: 700),
            .init(task: "stage1", step: "generate", seq: nil, at: nil, atRisk: 30),
        ]
        return pod
    }

    @Test func thePodIsShownWithInstantsAndPrices() throws {
        let text = try page("POD_STATUS.md", pod: pod)
        for line in [
            "| Provider | runpod |", "| State | running |", "| Since | 2026-11-21T00:10:00.000Z |",
            "| Machine | `abc123` |", "| GPU | NVIDIA H100 80GB HBM3 |",
            "| Price | $2.69 an hour, and its disk $0.67 a day |", "| SSH | `1.2.3.4:22022` |",
            "| Verdict | idle: nothing runs |", "| Idle since | 2026-11-21T01:25:00.000Z |",
            "| Stops at | 2026-11-21T01:35:00.000Z |",
            "| `stage1` | train_sft | 3 | 2026-11-21T01:20:00.000Z | 11 min 40 s |",
            "| `stage1` | generate | none yet |  | 30 s |",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(text.hasSuffix("**Next**: nothing.\n"))
        #expect(!text.contains("Warnings") && !text.contains("Not here yet") && !text.contains("nobody owns"))
    }

    @Test func whatIsToBeDoneFollowsFromTheRest() throws {
        var pod = pod
        pod.warnings = ["its checkpoint is 4 min late"]
        #expect(try page("POD_STATUS.md", pod: pod).contains("### Warnings\n\n- its checkpoint is 4 min late\n"))
        #expect(try page("POD_STATUS.md", pod: pod).hasSuffix("**Next**: see the first warning.\n"))
        pod.strays = ["caid-old (xyz) runs at $1.74 an hour"]
        #expect(try page("POD_STATUS.md", pod: pod).contains("### Pods that nobody owns\n\n- caid-old (xyz)"))
        #expect(try page("POD_STATUS.md", pod: pod).contains("**Next**: look at the pods that nobody owns"))
        pod.unpulled = ["stage1/train_sft", "`odd`"]
        let stopped = try page("POD_STATUS.md", state: "stopped", pod: pod)
        #expect(stopped.contains("| Not here yet | `stage1/train_sft`, `'odd'` |"))
        #expect(stopped.contains("**Next**: `caid pod start`"))
        #expect(try page("POD_STATUS.md", running: false, pod: pod).contains("**Next**: the pod costs money"))
        pod.next = "top up the account"
        #expect(try page("POD_STATUS.md", pod: pod).hasSuffix("**Next**: top up the account\n"))
    }

    @Test func whatProvidersSayCannotBreakThePage() throws {
        var pod = pod
        pod.gpu = "H100 | x\n| Stops at | never |"
        pod.verdict = "a\u{1B}[31m red\u{202E} \u{0}line"
        pod.warnings = ["first\n\n# Heading"]
        let text = try page("POD_STATUS.md", pod: pod)
        #expect(text.contains("| GPU | H100 \\| x \\| Stops at \\| never \\| |\n"))
        #expect(text.contains("| Verdict | a [31m red line |\n"))
        #expect(text.contains("- first # Heading\n"))
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test func withoutMoreFactsThePagesAreAsBefore() throws {
        let text = try page("POD_STATUS.md")
        #expect(text.contains("| State | running |\n| Idle since |") && !text.contains("Next"))
        #expect(try page("BUDGET.md").contains("$287.50 left. That is 4%.\n\n| Task |"))
    }

    @Test func theBudgetSaysWhereTheMoneyWentAndHowLongItLasts() throws {
        var budget = BudgetPage()
        (budget.usdPerHour, budget.usedUpAt) = (2.69, "2026-11-25T12:00:00.000Z")
        budget.pods = [
            .init(pod: "abc", seconds: 7200, computeUSD: 5.38, storageUSD: 0.06, correctionUSD: -0.44)
        ]
        budget.corrections = [
            .init(from: "2026-11-20T00:00:00.000Z", pod: "abc", usd: -0.44, words: "the provider bills less")
        ]
        budget.rest = [
            .init(task: "stage1", seconds: 3600, usd: 2.69), .init(task: "stage2", seconds: nil, usd: nil),
        ]
        budget.warnings = ["$250.00 of $300.00 are spent (83%)"]
        let text = try page("BUDGET.md", budget: budget)
        for line in [
            "Now $2.69 an hour: at this rate the budget is used up at 2026-11-25T12:00:00.000Z.",
            "- $250.00 of $300.00 are spent (83%)", "| `(pod)` | idle | 1 min | $12.50 |",
            "| `stage1` | 1 h 0 min | $2.69 |", "| `stage2` | nobody can tell yet |  |",
            "| `abc` | 2 h 0 min | $5.38 | $0.06 | -$0.44 | $5.00 |",
            "- 2026-11-20T00:00:00.000Z `abc`: -$0.44; the provider bills less",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }
}
