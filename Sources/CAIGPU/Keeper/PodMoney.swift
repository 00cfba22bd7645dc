// Owns asking BudgetPolicy at the right moments: before work begins, before a pod is started, at each look.
// Never prices anything.

/// What may be spent in all. USD.
public struct BudgetSettings: Sendable, Equatable {
    public var totalUSD: Double
    /// 0…1, from which on it is warned.
    public var warnAt: Double

    public init(totalUSD: Double, warnAt: Double) { (self.totalUSD, self.warnAt) = (totalUSD, warnAt) }
}

extension PodKeeper {
    /// Seconds that saving everything and stopping may take.
    private static let savingSeconds = 120.0

    /// Says what a task may cost and what it is expected to cost.
    /// - Parameter seconds: of pod time that it will still take; nil where nobody can tell.
    /// - Throws: `.budget` where that does not fit.
    public func mayBegin(task: String, capUSD: Double?, seconds: Double?) throws(GPUError) {
        caps[task] = capUSD
        guard provider.features.bills else { return }
        let facts = try facts(task: task)
        let forecast = seconds.map { Forecast.usd(seconds: $0, usdPerHour: facts.usdPerHour) }
        try obey(BudgetPolicy.start(facts, forecastUSD: forecast))
    }

    func mayStart(_ use: PodUse) throws(GPUError) {
        guard provider.features.bills else { return }
        try obey(BudgetPolicy.start(try facts(task: use.task), forecastUSD: nil))
    }

    func mayStartPod() throws(GPUError) {
        guard provider.features.bills else { return }
        try obey(BudgetPolicy.start(try facts(task: nil), forecastUSD: nil))
    }

    /// Stops what has spent what it may, with everything saved.
    func judgeMoney() {
        // What does not run spends no more than its disk, which no stop saves.
        guard provider.features.bills, [.running, .preparing].contains(machine?.status),
            let facts = try? facts(task: nil)
        else { return }
        switch BudgetPolicy.running(facts) {
        case .warn(let words): warn(words)
        case .stopAll(let words), .refuseStart(let words), .stopTask(let words):
            warn(words)
            for use in uses.values { use.interrupt(GPUError(.budget, words)) }
            // Nobody at work, everything here: what idles costs money that is not there.
            if uses.isEmpty, unpulled.isEmpty, boot == nil { stop("the budget is reached") }
        case .ok: break
        }
        for (use, entry) in uses {
            guard let facts = try? self.facts(task: use.task) else { continue }
            if case .stopTask(let words) = BudgetPolicy.running(facts) {
                warn(words)
                entry.interrupt(GPUError(.budget, words))
            }
        }
    }

    private func facts(task: String?) throws(GPUError) -> BudgetFacts {
        do {
            let spent = try store.spent()
            let rate =
                (machine?.usdPerHour ?? 0) > 0
                ? machine?.usdPerHour ?? 0 : max(hourlyPrice, settings.expectedUSDPerHour)
            return BudgetFacts(
                spentUSD: spent.total, budgetUSD: settings.budget.totalUSD, warnAt: settings.budget.warnAt,
                usdPerHour: rate, savingUSD: Forecast.usd(seconds: Self.savingSeconds, usdPerHour: rate),
                task: task.map { TaskMoney(name: $0, spentUSD: spent.byTask[$0] ?? 0, capUSD: caps[$0] ?? nil) })
        } catch {
            throw GPUError(.budget, "nobody knows what has been spent, so nothing is started", cause: "\(error)")
        }
    }

    private func obey(_ verdict: BudgetVerdict) throws(GPUError) {
        switch verdict {
        case .ok: return
        case .warn(let words): warn(words)
        case .refuseStart(let words), .stopTask(let words), .stopAll(let words): throw GPUError(.budget, words)
        }
    }
}
