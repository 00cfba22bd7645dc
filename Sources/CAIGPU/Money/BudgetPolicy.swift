// Owns what follows from how much was spent: a start that is refused, a warning, a task or everything stopped.
// A pure function of sums. Never stops what costs nothing.

/// What one task has spent.
public struct TaskMoney: Sendable, Equatable {
    /// For words.
    public var name: String
    public var spentUSD: Double
    /// `max_usd` of its header.
    public var capUSD: Double?

    public init(name: String, spentUSD: Double, capUSD: Double?) {
        (self.name, self.spentUSD, self.capUSD) = (name, spentUSD, capUSD)
    }
}

/// How the money stands. USD.
public struct BudgetFacts: Sendable, Equatable {
    public var spentUSD: Double
    public var budgetUSD: Double
    /// 0…1 of the budget, from which on it is warned.
    public var warnAt: Double
    /// What everything that runs costs an hour now, or will, where a start is asked about.
    public var usdPerHour: Double
    /// What saving everything and stopping will cost: it has to fit below the limit too.
    public var savingUSD: Double
    /// The task that is asked about.
    public var task: TaskMoney?

    public init(
        spentUSD: Double, budgetUSD: Double, warnAt: Double = 0.8, usdPerHour: Double, savingUSD: Double = 0,
        task: TaskMoney? = nil
    ) {
        (self.spentUSD, self.budgetUSD, self.warnAt) = (spentUSD, budgetUSD, warnAt)
        (self.usdPerHour, self.savingUSD, self.task) = (usdPerHour, savingUSD, task)
    }
}

/// What the money allows; the words are for people.
public enum BudgetVerdict: Sendable, Equatable {
    case ok
    case warn(String)
    /// The task is not started.
    case refuseStart(String)
    /// The task's job is checkpointed, brought home and stopped.
    case stopTask(String)
    /// Every job is, and the pod is stopped.
    case stopAll(String)
}

/// Compares what was spent with what may be.
public enum BudgetPolicy {
    /// Whether a task may be started.
    /// - Parameter forecastUSD: what it will cost from here on; nil where nobody can tell: then anything has to be left.
    public static func start(_ facts: BudgetFacts, forecastUSD: Double?) -> BudgetVerdict {
        guard facts.usdPerHour > 0 || (forecastUSD ?? 0) > 0 else { return .ok }
        let left = facts.budgetUSD - facts.spentUSD - facts.savingUSD
        let needed = forecastUSD ?? 0
        let sum =
            forecastUSD.map { "its forecast is \(Words.usd($0))" } ?? "it costs \(Words.usd(facts.usdPerHour)) an hour"
        if let task = facts.task, let cap = task.capUSD {
            let leftOfCap = cap - task.spentUSD - facts.savingUSD
            if leftOfCap <= 0 || needed > leftOfCap {
                return .refuseStart(
                    "\(task.name) would cost more than it may: \(sum), and \(Words.usd(max(0, cap - task.spentUSD))) of its "
                        + "max_usd of \(Words.usd(cap)) are left. Raise max_usd in its header and `caid retry` it")
            }
        }
        if left <= 0 || needed > left {
            return .refuseStart(
                "the budget does not allow it: \(sum), and \(Words.usd(max(0, facts.budgetUSD - facts.spentUSD))) of "
                    + "\(Words.usd(facts.budgetUSD)) are left. Raise budget.total_usd in cai.yaml and `caid retry` it")
        }
        return warning(facts)
    }

    /// Whether what runs may run on.
    public static func running(_ facts: BudgetFacts) -> BudgetVerdict {
        guard facts.usdPerHour > 0 else { return warning(facts) }
        if facts.spentUSD + facts.savingUSD >= facts.budgetUSD {
            return .stopAll(
                "the budget of \(Words.usd(facts.budgetUSD)) is reached (\(Words.usd(facts.spentUSD)) spent): everything is "
                    + "saved, then the pod is stopped. Raise budget.total_usd in cai.yaml and `caid retry` goes on from the "
                    + "last checkpoint")
        }
        if let task = facts.task, let cap = task.capUSD, task.spentUSD + facts.savingUSD >= cap {
            return .stopTask(
                "\(task.name) has reached its max_usd of \(Words.usd(cap)) (\(Words.usd(task.spentUSD)) spent): it is stopped "
                    + "with a checkpoint. Raise max_usd in its header and `caid retry` goes on from there")
        }
        return warning(facts)
    }

    private static func warning(_ facts: BudgetFacts) -> BudgetVerdict {
        guard facts.spentUSD > 0, facts.spentUSD >= facts.warnAt * facts.budgetUSD else { return .ok }
        let share =
            facts.budgetUSD > 0 ? " (\(Int(min(999, facts.spentUSD / facts.budgetUSD * 100).rounded(.down)))%)" : ""
        let left = facts.budgetUSD - facts.spentUSD
        let lasts =
            facts.usdPerHour > 0 && left > 0
            ? "; at \(Words.usd(facts.usdPerHour)) an hour the rest lasts \(Words.span(left / facts.usdPerHour * 3600))"
            : ""
        return .warn("\(Words.usd(facts.spentUSD)) of \(Words.usd(facts.budgetUSD)) are spent\(share)\(lasts)")
    }
}
