// Owns: entering what the ledger knows into the budget table: Actual and Status cells of the milestones that money went
// into, and the total. Everything else comes back as it was.
// Never lowers an amount and never takes a state back: the ledger knows what the daemon spent, a person may know more.

/// Keeps the budget table of a person's roadmap true.
public enum RoadmapBudget {
    public struct Update: Sendable, Equatable {
        /// The whole file; equal to what was read if nothing was to be entered.
        public let bytes: [UInt8]
        /// What in the table contradicts the ledger or the roadmap, or could not be entered.
        public let problems: [BudgetProblem]
    }

    /// Enters money into the budget table. Doing it twice changes nothing the second time.
    ///
    /// - A row gets the sum of what went into the items below its heading, if anything did, and the heading's state.
    /// - An amount above the ledger's stays and is reported; so does a cell that is no amount. A smaller one, `-` and
    ///   `TBD` are replaced; the remark behind an amount stays.
    /// - The total gets the sum of the rows as they then stand and of the money that belongs to no row.
    ///
    /// - Parameter totalUSD: everything that was spent, also for tasks that name no item.
    public static func entering(
        _ spent: [RoadmapSpend], totalUSD: Double, into bytes: [UInt8]
    ) -> Update {
        let plan = BudgetPlan(of: Roadmap.parse(bytes), spent: spent, totalUSD: totalUSD)
        return Update(bytes: plan.edits.applied(to: bytes), problems: plan.problems)
    }
}
