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
    let documents: PendingDocuments
    let done: DoneCounts
    let files = RealFiles()

    init(
        workspace: Workspace, config: Config, journal: Journal?, clock: any WallClock,
        documents: PendingDocuments? = nil
    ) {
        (self.workspace, self.config, self.journal, self.clock) = (workspace, config, journal, clock)
        self.documents = documents ?? PendingDocuments(workspace: workspace, files: files)
        done = DoneCounts(workspace: workspace)
    }

    func pages(daemon: StatusReport.Daemon) throws -> StatusPages {
        let now = clock.now()
        let store = journal.map { JournalTaskStore(journal: $0) }
        let board = try Board.look(workspace, BoardRules(config), documents, store: store, now: now)
        var roadmap: RoadmapOverview?
        if try files.status(workspace.roadmap)?.kind == .regular {
            let spent = try store?.spending()
            roadmap = RoadmapOverview(
                of: .parse(try files.read(workspace.roadmap)), references: references(board), spent: spent?.items ?? [],
                totalUSD: spent?.totalUSD ?? 0, today: now.localDay)
        }
        let sums = try journal?.ledgerSums() ?? []
        let spentUSD = sums.reduce(0) { $0 + $1.usd }
        let events = try journal?.events(limit: 12) ?? []
        let pod = try PodPages(config: config, journal: journal, daemonRuns: daemon.running, now: now)
        return StatusPages(
            report: try report(board, daemon: daemon, pod: pod.report, spent: spentUSD, now: now),
            costs: sums.map { StepCost(task: $0.task, step: $0.step, seconds: $0.seconds, usd: $0.usd) },
            happenings: events.map {
                Happening(at: Date(timeIntervalSince1970: $0.at).instantText, target: $0.target, message: $0.message)
            }, roadmap: roadmap, stuck: stuck(board) + passedOver(board) + kept(), pod: try pod.page(),
            budget: try pod.budget(spentUSD: spentUSD))
    }

    private func report(
        _ board: Board, daemon: StatusReport.Daemon, pod: StatusReport.Pod, spent: Double, now: Date
    ) throws -> StatusReport {
        let pending = Dictionary(grouping: board.candidates, by: \.file.queue)
        let queues = try board.queues.filter { Workspace.reviewer(ofLane: $0.name) == nil }.map { queue in
            StatusReport.Queue(
                name: queue.name, pending: (pending[queue.name] ?? []).map { self.pending($0, board, daemon) },
                in_progress: try queue.inProgress.map { try inProgress(queue.name, $0) },
                blocked: try queue.blocked.map { try blocked(queue.name, $0) },
                completed: try done.count(queue.name, now: now))
        }
        return StatusReport(
            at: now.instantText, daemon: daemon, queues: queues, reviews: try reviews(board, now: now), pod: pod,
            money: StatusReport.Money(spent_usd: spent, budget_usd: config.budgetUSD))
    }

    private func pending(_ task: Candidate, _ board: Board, _ daemon: StatusReport.Daemon) -> StatusReport.Pending {
        let next =
            daemon.running
            ? "next: it starts when its file has settled" : "the daemon is not running: `caid run` starts it"
        let waiting = board.selection.waiting[task.file.key]
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

    private func reviews(_ board: Board, now: Date) throws -> [StatusReport.Reviewer] {
        let lanes = Dictionary(uniqueKeysWithValues: board.queues.map { ($0.name, $0) })
        let found = lanes.keys.compactMap(Workspace.reviewer)
        return try Set(config.reviewers.keys).union(found).sorted().map { name in
            let lane = lanes[Workspace.lane(reviewer: name)]
            return StatusReport.Reviewer(
                name: name, pending: lane?.pending.map(\.name) ?? [], in_progress: lane?.inProgress ?? [],
                blocked: lane?.blocked ?? [], done: try done.count(Workspace.lane(reviewer: name), now: now))
        }
    }

    /// Pending work that only a person can set going.
    private func stuck(_ board: Board) -> [StuckTask] {
        board.candidates.compactMap { candidate in
            guard case .person(let why)? = board.selection.waiting[candidate.file.key] else { return nil }
            return StuckTask(file: candidate.file.name, queue: candidate.file.queue, why: why)
        }
    }

    /// Files in `pending/` that are no tasks, where a person may have meant one.
    private func passedOver(_ board: Board) -> [StuckTask] {
        board.queues.flatMap { queue in
            queue.passedOver.sorted { $0.key < $1.key }.map {
                StuckTask(file: $0.key, queue: queue.name, why: $0.value)
            }
        }
    }

    /// Saves that came so late that they could not be merged into their document.
    private func kept() -> [StuckTask] {
        ((try? files.list(workspace.displaced)) ?? []).filter { $0.hasSuffix(".kept") }.sorted().map {
            StuckTask(
                file: $0, queue: workspace.display(workspace.displaced),
                why: "a save that could not be merged: compare it with its document, then remove it")
        }
    }

    /// What the tasks that are not done name in the roadmap.
    private func references(_ board: Board) -> [String] {
        let atWork = board.queues.flatMap { queue in
            (queue.inProgress.map { (TaskState.inProgress, $0) } + queue.blocked.prefix(200).map { (.blocked, $0) })
                .flatMap { state, name in
                    let bytes = try? files.read(workspace.file(queue: queue.name, state, name))
                    return bytes.map { TaskDocument.diagnose($0, name: name, file: name).document.frontMatter.roadmap }
                        ?? []
                }
        }
        return board.candidates.flatMap(\.document.frontMatter.roadmap) + atWork
    }
}
