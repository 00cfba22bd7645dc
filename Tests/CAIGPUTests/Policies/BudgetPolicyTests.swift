// Owns the tests of what the money allows: starts, warnings, stops; forecasts; and the comparison with a provider's bill.

import Testing

@testable import CAIGPU

struct BudgetPolicyTests {
    private func facts(
        spent: Double, budget: Double = 100, rate: Double = 2, saving: Double = 0, task: TaskMoney? = nil
    ) -> BudgetFacts {
        BudgetFacts(
            spentUSD: spent, budgetUSD: budget, warnAt: 0.8, usdPerHour: rate, savingUSD: saving, task: task)
    }

    @Test(
        arguments: [
            (10.0, 89.9, "ok"), (10, 90.1, "refuse"), (79, nil, "ok"), (80, nil, "warn"), (99.9, nil, "warn"),
            (100, nil, "refuse"), (120, 0, "refuse"), (99.9, 0.2, "refuse"),
        ] as [(Double, Double?, String)])
    func aStartHasToFitTheBudget(spent: Double, forecast: Double?, expected: String) {
        let verdict = BudgetPolicy.start(facts(spent: spent), forecastUSD: forecast)
        switch verdict {
        case .ok: #expect(expected == "ok")
        case .warn: #expect(expected == "warn")
        case .refuseStart(let words):
            #expect(expected == "refuse" && words.contains("of $100.00 are left") && words.contains("budget.total_usd"))
        default: Issue.record("\(verdict)")
        }
    }

    @Test func aStartHasToFitTheTasksCap() {
        let task = TaskMoney(name: "a.md", spentUSD: 3, capUSD: 5)
        #expect(BudgetPolicy.start(facts(spent: 10, task: task), forecastUSD: 1.9) == .ok)
        guard case .refuseStart(let words) = BudgetPolicy.start(facts(spent: 10, task: task), forecastUSD: 2.5) else {
            Issue.record("refused")
            return
        }
        #expect(words.contains("its forecast is $2.50, and $2.00 of its max_usd of $5.00 are left"))
        let full = TaskMoney(name: "a.md", spentUSD: 5, capUSD: 5)
        guard case .refuseStart = BudgetPolicy.start(facts(spent: 10, task: full), forecastUSD: nil) else {
            Issue.record("refused")
            return
        }
        let free = TaskMoney(name: "a.md", spentUSD: 500, capUSD: nil)
        #expect(BudgetPolicy.start(facts(spent: 10, task: free), forecastUSD: 50) == .ok)
    }

    @Test func whatCostsNothingIsNeverRefusedNorStopped() {
        let over = facts(spent: 500, rate: 0, task: TaskMoney(name: "a", spentUSD: 9, capUSD: 1))
        #expect(BudgetPolicy.start(over, forecastUSD: nil) == .ok)
        guard case .warn = BudgetPolicy.running(over) else {
            Issue.record("warned and no more")
            return
        }
        #expect(BudgetPolicy.running(facts(spent: 0, budget: 0, rate: 0)) == .ok)
        #expect(BudgetPolicy.running(facts(spent: 0, budget: 100)) == .ok)
    }

    @Test func atTheLimitEverythingIsStoppedAndBeforeItOneTask() {
        let task = TaskMoney(name: "a.md", spentUSD: 5, capUSD: 5)
        guard case .stopTask(let words) = BudgetPolicy.running(facts(spent: 10, task: task)) else {
            Issue.record("the task")
            return
        }
        #expect(words.contains("a.md has reached its max_usd of $5.00"))
        guard case .stopAll(let all) = BudgetPolicy.running(facts(spent: 100, task: task)) else {
            Issue.record("everything")
            return
        }
        #expect(all.contains("the budget of $100.00 is reached"))
        #expect(BudgetPolicy.running(facts(spent: 50)) == .ok)
    }

    @Test func savingEverythingHasToFitBelowTheLimit() {
        guard case .warn = BudgetPolicy.running(facts(spent: 99.4, saving: 0.5)) else {
            Issue.record("not yet")
            return
        }
        guard case .stopAll = BudgetPolicy.running(facts(spent: 99.5, saving: 0.5)) else {
            Issue.record("now, or it would end above")
            return
        }
    }

    @Test func theWarningSaysHowLongTheRestLasts() {
        #expect(
            BudgetPolicy.running(facts(spent: 82))
                == .warn("$82.00 of $100.00 are spent (82%); at $2.00 an hour the rest lasts 9 h 0 min"))
    }

    @Test func aForecastIsSecondsTimesARate() {
        let forecast = Forecast(
            steps: [.init(step: "train", seconds: 7200), .init(step: "report", seconds: nil)], usdPerHour: 2.69)
        #expect(abs(forecast.usd - 5.38) < 1e-9 && forecast.seconds == 7200 && forecast.unknown == ["report"])
        #expect(Forecast.endOfMoney(spentUSD: 90, budgetUSD: 100, usdPerHour: 2, now: 1000) == 19_000)
        #expect(Forecast.endOfMoney(spentUSD: 110, budgetUSD: 100, usdPerHour: 2, now: 1000) == 1000)
        #expect(Forecast.endOfMoney(spentUSD: 0, budgetUSD: 100, usdPerHour: 0, now: 1000) == nil)
    }

    @Test func sumsAndSpansInWords() {
        #expect(
            [0, 0.0042, 0.005, 12.345, -0.5, -0.000_001, 1e16].map(Words.usd) == [
                "$0.00", "$0.0042", "$0.01", "$12.35", "-$0.50", "$0.00", "$1e+16",
            ])
        #expect(
            [0, 59.6, 3600, 90_000, .infinity].map(Words.span) == [
                "0 s", "1 min", "1 h 0 min", "1 d 1 h", "more than 30 years",
            ])
        #expect(Words.list(["a", "b", "c", "d", "e", "f", "g"]) == "a, b, c, d, e and 2 more")
    }
}

struct ReconciliationTests {
    private func corrections(
        _ records: [BillingRecord], metered: Double, oursFrom: Double = -.infinity, until: Double = .infinity,
        now: Double = 1e6
    ) -> [Correction] {
        Reconciliation.corrections(for: records, settle: 3600, now: now) { _, _, _ in
            LedgerStanding(oursFrom: oursFrom, meteredUntil: until, usd: metered)
        }
    }
    private let record = BillingRecord(pod: "p", from: 0, to: 86_400, usd: 12)

    @Test func aDifferenceIsCorrectedInEitherDirection() {
        let more = corrections([record], metered: 10)
        #expect(more.map(\.usd) == [2] && more[0].words == "the provider bills $12.00 where $10.00 were metered")
        #expect(corrections([record], metered: 15).map(\.usd) == [-3])
        #expect(corrections([record], metered: 12.000005) == [])
    }

    @Test func enteredOnceThereIsNothingLeftToCorrect() {
        var ledger = 10.0
        for _ in 0..<3 { ledger += corrections([record], metered: ledger).reduce(0) { $0 + $1.usd } }
        #expect(ledger == 12)
        // The bill changes later: only the difference is entered.
        var changed = record
        changed.usd = 11.5
        #expect(corrections([changed], metered: ledger).map(\.usd) == [-0.5])
    }

    @Test func onlyClosedBucketsThatAreWhollyMeteredAndOurs() {
        #expect(corrections([record], metered: 10, now: 86_400 + 3599) == [], "the bill may still change")
        #expect(corrections([record], metered: 10, until: 86_399) == [], "the meter is not there yet")
        #expect(corrections([record], metered: 10, oursFrom: 1) == [], "some of it was before us")
        #expect(corrections([record, record], metered: 10).count == 1, "the same twice is the same")
        for odd in [-1, .nan, .infinity] as [Double] {
            #expect(corrections([BillingRecord(pod: "p", from: 0, to: 10, usd: odd)], metered: 0) == [])
        }
        let strangers = Reconciliation.corrections(for: [record], now: 1e6) { _, _, _ in nil }
        #expect(strangers == [], "a pod that is not ours")
    }
}
