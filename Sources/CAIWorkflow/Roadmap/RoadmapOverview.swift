// Owns: what the status files say about the roadmap: how far each milestone is, what is next, what contradicts itself.
// A pure function of the roadmap, the references of known tasks, and the day.
// Never changes the roadmap.

/// A roadmap in short.
public struct RoadmapOverview: Sendable, Equatable {
    /// A level-2 heading with a marker or boxes.
    public struct Milestone: Sendable, Equatable {
        public let title: String
        /// 1-based line number.
        public let line: Int
        public let marker: RoadmapMarker?
        public let ticked: Int
        public let total: Int
        /// The date in its `**Target Completion**:` line.
        public let target: String?
    }

    public let milestones: [Milestone]
    /// Open items in the order of the file, as "heading / item"; one with open boxes nested in it waits for those.
    public let next: [String]
    /// Contradictions, missed dates, what the budget table says otherwise, and references that name no item.
    public let problems: [RoadmapProblem]

    /// - Parameters:
    ///   - references: what the known tasks name in this roadmap, as they wrote it.
    ///   - spent: what the ledger knows, to be compared with the budget table.
    ///   - totalUSD: everything that was spent, also for tasks that name no item.
    ///   - today: local `YYYY-MM-DD`.
    ///   - limit: how many of the next open items to list.
    public init(
        of roadmap: Roadmap, references: [String] = [], spent: [RoadmapSpend] = [], totalUSD: Double = 0, today: String,
        limit: Int = 5
    ) {
        let sections = roadmap.sections.filter { $0.level == 2 }
        milestones = sections.compactMap { Self.milestone($0, in: roadmap) }
        let open = roadmap.items.filter { !$0.isTicked }
        let parents = Set(open.compactMap(\.parent))
        next = open.filter { !parents.contains($0.index) }.prefix(limit).map(roadmap.name)
        let headings = roadmap.sections.flatMap { Self.problems(of: $0, in: roadmap, today) }
        let budget = BudgetPlan(of: roadmap, spent: spent, totalUSD: totalUSD).problems
        var named: [String] = []
        for reference in references where !named.contains(reference) { named.append(reference) }
        problems = headings + budget.map(RoadmapProblem.budget) + named.compactMap(roadmap.problem)
    }

    private static func milestone(_ section: Roadmap.Section, in roadmap: Roadmap) -> Milestone? {
        let items = roadmap.items(under: section)
        guard section.marker != nil || !items.isEmpty else { return nil }
        return Milestone(
            title: section.title, line: section.line, marker: section.marker?.marker,
            ticked: items.count { $0.isTicked }, total: items.count,
            target: date("Target Completion", section, in: roadmap))
    }

    private static func date(_ label: String, _ section: Roadmap.Section, in roadmap: Roadmap) -> String? {
        guard let range = roadmap.milestoneLabel(label, section)?.date(in: roadmap.bytes) else { return nil }
        return String(decoding: roadmap.bytes[range], as: UTF8.self)
    }

    private static func problems(of section: Roadmap.Section, in roadmap: Roadmap, _ today: String) -> [RoadmapProblem]
    {
        let items = roadmap.items(under: section)
        let ticked = items.count { $0.isTicked }
        let isDone = section.marker.map { $0.marker == .done } ?? (ticked == items.count && !items.isEmpty)
        var problems: [RoadmapProblem] = []
        if let marker = section.marker?.marker, marker != .alarm, !items.isEmpty,
            !marker.agrees(ticked: ticked, of: items.count)
        {
            problems.append(
                .contradiction(
                    heading: section.title, line: section.line, marker: marker, ticked: ticked, total: items.count))
        }
        guard section.level == 2, !isDone else { return problems }
        if let completed = date("Completed", section, in: roadmap) {
            problems.append(.completedButOpen(heading: section.title, line: section.line, date: completed))
        }
        if let target = date("Target Completion", section, in: roadmap), target < today {
            problems.append(.overdue(heading: section.title, line: section.line, target: target))
        }
        return problems
    }
}
