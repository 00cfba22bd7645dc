// Owns the words of the status files: report in, markdown out. Each is the contents of the daemon's marked block; people's
// prose around it is not seen here.
// Never reads a clock or a file; equal facts give equal text.

import CAISystem

/// The pages, by file name.
public struct StatusPages: Sendable {
    public let report: StatusReport
    let costs: [StepCost]
    let happenings: [Happening]
    let roadmap: RoadmapOverview?
    let stuck: [StuckTask]
    let podPage: PodPage?
    let budgetPage: BudgetPage?
    /// Rows of a table before the rest is only counted: a page is for reading, `status.json` has everything.
    private static let mostRows = 1000

    public init(
        report: StatusReport, costs: [StepCost], happenings: [Happening], roadmap: RoadmapOverview?,
        stuck: [StuckTask] = [], pod: PodPage? = nil, budget: BudgetPage? = nil
    ) {
        (self.report, self.costs, self.happenings, self.roadmap) = (report, costs, happenings, roadmap)
        (self.stuck, podPage, budgetPage) = (stuck, pod, budget)
    }

    /// File name → (title for a new file, body of the block).
    public var all: [(file: String, title: String, body: String)] {
        [
            ("PROJECT_STATUS.md", "Project status", project),
            ("QUEUE.md", "Queue", queue),
            ("POD_STATUS.md", "Pod status", pod),
            ("BUDGET.md", "Budget", budget),
        ]
    }

    var heartbeat: String {
        let daemon = report.daemon
        let scan = daemon.last_scan.map { ", last scan \($0)" } ?? ""
        return daemon.running
            ? "As of \(report.at): caid is running\(daemon.pid.map { " (pid \($0))" } ?? "")\(scan).\n"
                + "If that time is more than two minutes ago, the daemon is dead: start it with `caid run`.\n"
            : "As of \(report.at): caid is **not running**. Start it with `caid run`.\n"
    }

    private var project: String {
        let running = report.queues.flatMap { queue in queue.in_progress.map { (queue.name, $0) } }
        let blocked = report.queues.flatMap { queue in queue.blocked.map { (queue.name, $0) } }
        let pending = report.queues.reduce(0) { $0 + $1.pending.count }
        let completed = report.queues.reduce(0) { $0 + $1.completed }
        var text = heartbeat + "\n"
        text += "\(running.count) running, \(pending) pending, \(blocked.count) blocked, \(completed) completed"
        text += "; \(money(report.money.spent_usd)) of \(money(report.money.budget_usd)) spent.\n"
        text += section(
            "Current focus", running.map { "\(quoted($0.1.file)) (\($0.0)): \(clean($0.1.words))" },
            none: "Nothing is running.")
        text += section(
            "Blocking",
            blocked.map { "\(quoted($0.1.file)) (\($0.0)): \(clean($0.1.reason))" }
                + stuck.prefix(100).map { "\(quoted($0.file)) (\($0.queue), pending): \(clean($0.why))" },
            none: "Nothing is blocked.")
        text += section(
            "Recent changes", happenings.map { "\($0.at) \(quoted($0.target)): \(clean($0.message))" },
            none: "Nothing has happened yet.")
        text += roadmapText
        return text + "\n**Next**: \(nextAction(blocked: blocked.first?.1, isIdle: running.isEmpty && pending == 0))\n"
    }

    /// The one thing to do next.
    private func nextAction(blocked: StatusReport.Blocked?, isIdle: Bool) -> String {
        if !report.daemon.running { return "start the daemon with `caid run`." }
        if let blocked {
            return "look at \(quoted(blocked.file)) in `blocked/`; its last lines say what would unblock it."
        }
        if isIdle { return "drop a task into `tasks/<queue>/pending/`, or use `caid submit FILE`." }
        return "nothing; work goes on."
    }

    private var queue: String {
        var text = heartbeat
        for queue in report.queues {
            text += "\n## \(queue.name)\n\n"
            if queue.pending.isEmpty, queue.in_progress.isEmpty, queue.blocked.isEmpty {
                text += "Empty; \(queue.completed) completed.\n"
                continue
            }
            text += "| State | Priority | File | What |\n|---|---|---|---|\n"
            for task in queue.in_progress {
                text += "| in progress | \(task.priority) | \(quoted(task.file)) | \(cell(task.words)) |\n"
            }
            for task in queue.pending.prefix(Self.mostRows) {
                text += "| pending | \(task.priority) | \(quoted(task.file)) | \(cell(task.why)) |\n"
            }
            for task in queue.blocked { text += "| blocked | | \(quoted(task.file)) | \(cell(task.reason)) |\n" }
            let more = queue.pending.count - Self.mostRows
            if more > 0 { text += "\n\(more) more are pending; `caid status` and `status.json` list them all.\n" }
            text += "\n\(queue.completed) completed.\n"
        }
        return text + reviewTable
    }

    private var reviewTable: String {
        let asked = report.reviews.filter { !($0.pending + $0.in_progress + $0.blocked).isEmpty || $0.done > 0 }
        guard !asked.isEmpty else { return "" }
        var text = "\n## Reviews\n\n| Reviewer | Pending | In progress | Blocked | Done |\n|---|---|---|---|---|\n"
        for reviewer in asked {
            func list(_ names: [String]) -> String {
                names.prefix(20).map(quoted).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
            }
            text += "| \(cell(reviewer.name)) | \(list(reviewer.pending)) | \(list(reviewer.in_progress)) "
            text += "| \(list(reviewer.blocked)) | \(reviewer.done) |\n"
        }
        return text
    }

    func section(_ title: String, _ lines: [String], none: String) -> String {
        "\n### \(title)\n\n" + (lines.isEmpty ? none + "\n" : lines.map { "- \($0)\n" }.joined())
    }
}

extension StatusPages {
    func money(_ usd: Double) -> String { USD.text(usd) }

    /// Text from files, programs and providers, made harmless inside a line: no line breaks, no control characters.
    func clean(_ text: String) -> String { PlainText.line(text, limit: 400) }

    func cell(_ text: String) -> String { clean(text).replacing("|", with: "\\|") }

    func quoted(_ name: String) -> String { "`" + clean(name).replacing("`", with: "'") + "`" }

    fileprivate var roadmapText: String {
        guard let roadmap else { return "" }
        var text = section(
            "Next steps from the roadmap", roadmap.next.map(clean), none: "Every box of the roadmap is ticked.")
        if !roadmap.problems.isEmpty {
            text += section("Contradictions in the roadmap", roadmap.problems.map { clean($0.message) }, none: "")
        }
        return text
    }
}
