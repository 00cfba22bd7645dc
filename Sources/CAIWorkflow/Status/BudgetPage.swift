// Owns `BUDGET.md`: where the money went, what the provider's bill said to it, and how long the rest lasts.
// Never adds up anything but what it shows.

/// Money beyond what each step cost. USD; instants are ISO 8601 in UTC.
public struct BudgetPage: Sendable, Hashable {
    /// What one pod cost.
    public struct Pod: Sendable, Hashable {
        public var pod: String
        /// In which it ran.
        public var seconds: Double
        public var computeUSD: Double
        public var storageUSD: Double
        public var correctionUSD: Double

        public init(pod: String, seconds: Double, computeUSD: Double, storageUSD: Double, correctionUSD: Double) {
            (self.pod, self.seconds, self.computeUSD) = (pod, seconds, computeUSD)
            (self.storageUSD, self.correctionUSD) = (storageUSD, correctionUSD)
        }
    }
    /// A difference to the provider's bill that was entered.
    public struct Correction: Sendable, Hashable {
        /// The beginning of what was compared.
        public var from: String
        public var pod: String
        public var usd: Double
        public var words: String

        public init(from: String, pod: String, usd: Double, words: String) {
            (self.from, self.pod, self.usd, self.words) = (from, pod, usd, words)
        }
    }
    /// What running work will still take.
    public struct Rest: Sendable, Hashable {
        public var task: String
        /// nil where nobody can tell.
        public var seconds: Double?
        public var usd: Double?

        public init(task: String, seconds: Double?, usd: Double?) {
            (self.task, self.seconds, self.usd) = (task, seconds, usd)
        }
    }

    /// What everything costs now.
    public var usdPerHour = 0.0
    /// When the budget is used up if nothing changes.
    public var usedUpAt: String?
    public var pods: [Pod] = []
    public var corrections: [Correction] = []
    public var rest: [Rest] = []
    public var warnings: [String] = []

    public init() {}
}

extension StatusPages {
    var budget: String {
        let (spent, whole) = (report.money.spent_usd, report.money.budget_usd)
        let page = budgetPage ?? BudgetPage()
        var text = heartbeat + "\n\(money(spent)) spent of \(money(whole)); \(money(whole - spent)) left."
        if whole > 0, case let percent = spent / whole * 100, (0..<1e6).contains(percent) {
            text += " That is \(Int(percent))%."
        }
        text += "\n"
        if page.usdPerHour > 0 {
            let end = page.usedUpAt.map { ": at this rate the budget is used up at \($0)" } ?? ""
            text += "Now \(money(page.usdPerHour)) an hour\(end).\n"
        }
        if !page.warnings.isEmpty { text += section("Warnings", page.warnings.map(clean), none: "") + "\n" }
        text += "\n| Task | Step | Pod time | USD |\n|---|---|---|---|\n"
        for cost in costs {
            text += "| \(quoted(cost.task)) | \(cell(cost.step)) | \(DurationWords.text(cost.seconds)) "
            text += "| \(money(cost.usd)) |\n"
        }
        let total = costs.reduce(0) { $0 + $1.seconds }
        text += "| **Total** | | \(DurationWords.text(total)) | \(money(spent)) |\n"
        return text + rest(page.rest) + pods(page.pods) + corrections(page.corrections)
    }

    private func rest(_ rest: [BudgetPage.Rest]) -> String {
        guard !rest.isEmpty else { return "" }
        var text = "\n### To finish what runs\n\n| Task | Pod time | USD |\n|---|---|---|\n"
        for one in rest {
            text += "| \(quoted(one.task)) | \(one.seconds.map(DurationWords.text) ?? "nobody can tell yet") "
            text += "| \(one.usd.map(money) ?? "") |\n"
        }
        return text
    }

    private func pods(_ pods: [BudgetPage.Pod]) -> String {
        guard !pods.isEmpty else { return "" }
        var text =
            "\n### By pod\n\n| Pod | Ran for | Computing | Disk | Corrections | Sum |\n|---|---|---|---|---|---|\n"
        for pod in pods {
            text += "| \(quoted(pod.pod)) | \(DurationWords.text(pod.seconds)) | \(money(pod.computeUSD)) "
            text += "| \(money(pod.storageUSD)) | \(money(pod.correctionUSD)) "
            text += "| \(money(pod.computeUSD + pod.storageUSD + pod.correctionUSD)) |\n"
        }
        return text
    }

    private func corrections(_ corrections: [BudgetPage.Correction]) -> String {
        guard !corrections.isEmpty else { return "" }
        return section(
            "Corrections by the provider's bill",
            corrections.map { "\($0.from) \(quoted($0.pod)): \(money($0.usd)); \(clean($0.words))" }, none: "")
    }
}
