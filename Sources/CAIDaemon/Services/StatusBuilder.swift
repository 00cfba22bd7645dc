// Owns filling in the status report from the folders, the journal and the clock: the same for the daemon's files and for
// `caid status`.
// Never writes anything.

import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// Builds reports and pages of one workspace.
struct StatusBuilder: Sendable {
    let workspace: Workspace
    let config: Config
    let journal: Journal?
    let clock: any WallClock
    let files = RealFiles()

    func pages(daemon: StatusReport.Daemon) throws -> StatusPages {
        let now = clock.now()
        var roadmap: RoadmapOverview?
        if try files.status(workspace.roadmap)?.kind == .regular {
            roadmap = RoadmapOverview(of: .parse(try files.read(workspace.roadmap)), today: now.localDay)
        }
        let sums = try journal?.ledgerSums() ?? []
        let events = try journal?.events(limit: 12) ?? []
        return StatusPages(
            report: try report(daemon: daemon, spent: sums.reduce(0) { $0 + $1.usd }, now: now),
            costs: sums.map { StepCost(task: $0.task, step: $0.step, seconds: $0.seconds, usd: $0.usd) },
            happenings: events.map {
                Happening(at: Date(timeIntervalSince1970: $0.at).instantText, target: $0.target, message: $0.message)
            }, roadmap: roadmap)
    }

    private func report(daemon: StatusReport.Daemon, spent: Double, now: Date) throws -> StatusReport {
        let board = try TaskBoard(workspace, config, files, now: now)
        let ordered = board.candidates.sorted { $0.document.order < $1.document.order }
        let queues = try board.queues.map { queue in
            StatusReport.Queue(
                name: queue.name,
                pending: ordered.filter { $0.file.queue == queue.name }.map { pending($0, board, daemon) },
                in_progress: try queue.inProgress.map { try inProgress(queue.name, $0) },
                blocked: try queue.blocked.map { try blocked(queue.name, $0) }, completed: queue.completed.count)
        }
        return StatusReport(
            at: now.instantText, daemon: daemon, queues: queues, reviews: try reviews(),
            pod: StatusReport.Pod(
                provider: config.provider.rawValue, state: config.provider == .local ? "running" : "unknown",
                idle_since: nil, stops_at: nil),
            money: StatusReport.Money(spent_usd: spent, budget_usd: config.budgetUSD))
    }

    private func pending(_ task: Candidate, _ board: TaskBoard, _ daemon: StatusReport.Daemon) -> StatusReport.Pending {
        let next =
            daemon.running
            ? "next: it starts when its file has settled" : "the daemon is not running: `caid run` starts it"
        let waiting = board.selection.waiting["\(task.file.queue)/\(task.file.name)"]
        return StatusReport.Pending(
            file: task.file.name, priority: task.document.priority.description, title: task.document.title,
            why: waiting?.reason ?? next)
    }

    private func inProgress(_ queue: String, _ name: String) throws -> StatusReport.InProgress {
        let row = try journal?.newestTask(queue: queue, name: name)
        let path = workspace.file(queue: queue, .inProgress, name)
        let priority = (try? files.read(path)).map {
            TaskDocument.diagnose($0, name: name, file: name).document.priority.description
        }
        let isOurs = row.flatMap { RecordState(rawValue: $0.state) }?.isUnfinished ?? false
        let phase = isOurs ? row?.phase : "put here by a person, so nothing runs; move it to pending/ to run it"
        return StatusReport.InProgress(
            file: name, priority: priority ?? "P2", step: row?.step, phase: phase, fraction: row?.fraction,
            eta_s: row?.etaSeconds.map { $0.rounded() })
    }

    private func blocked(_ queue: String, _ name: String) throws -> StatusReport.Blocked {
        let row = try journal?.newestTask(queue: queue, name: name)
        guard let row, row.state == RecordState.blocked.rawValue,
            let ending = try JournalTaskStore.record(row).ending
        else { return StatusReport.Blocked(file: name, reason: "put here by a person; move it to pending/ to run it") }
        return StatusReport.Blocked(file: name, reason: ending.summary)
    }

    private func reviews() throws -> [StatusReport.Reviewer] {
        try config.reviewers.map { name in
            func markdown(_ state: String) throws -> [String] {
                let folder = workspace.reviews.appending(name).appending(state)
                do {
                    return try files.list(folder).filter { TaskName($0).isClaimable }.sorted()
                } catch Errno.noSuchFileOrDirectory { return [] }
            }
            return StatusReport.Reviewer(
                name: name, pending: try markdown("pending"), in_progress: try markdown("in_progress"),
                blocked: try markdown("blocked"), done: try markdown("done").count)
        }
    }
}
