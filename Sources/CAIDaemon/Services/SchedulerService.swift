// Owns the loop of the daemon: scan, choose, claim, let the executor work, finish. Hints make a scan come earlier; the scan
// itself looks at everything, every time.
// Never writes into a task file or the journal but through the lifecycle.

import CAIJournal
import CAISystem
import CAIWorkflow
import CAIYAML
import FoundationEssentials
import Logging
import ServiceLifecycle
import Synchronization
import SystemPackage

/// What a run of the scheduler amounted to.
struct RunTally: Sendable {
    var completed = 0
    var blocked = 0
    /// Stopped and put back: run again to go on.
    var interrupted = 0
}

/// Runs tasks until it is told to stop, or, draining, until nothing can be done now.
final class SchedulerService: Service {
    private struct State {
        /// Tasks at work, by queue and name.
        var running: [String: ClaimedTask] = [:]
        var tally = RunTally()
        /// When a run's progress was last written down, and what it was doing then.
        var noted: [String: (at: Date, doing: String)] = [:]
    }
    let workspace: Workspace
    private let config: Config
    private let lifecycle: TaskLifecycle
    private let executor: PipelineExecutor
    private let journal: Journal
    private let status: StatusService
    private let console: Console
    private let clock: any WallClock
    private let log: Logger
    private let drain: Bool
    private let files = RealFiles()
    private let state = Mutex(State())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(
        workspace: Workspace, config: Config, lifecycle: TaskLifecycle, executor: PipelineExecutor, journal: Journal,
        status: StatusService, console: Console, clock: any WallClock, log: Logger, drain: Bool
    ) {
        (self.workspace, self.config, self.lifecycle, self.executor) = (workspace, config, lifecycle, executor)
        (self.journal, self.status, self.console, self.clock) = (journal, status, console, clock)
        (self.log, self.drain) = (log, drain)
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var tally: RunTally { state.withLock { $0.tally } }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingDiscardingTaskGroup { group in
                let hints = try? DirectoryHints()
                if hints == nil { log.warning("no inotify here: new files are seen at the regular rescan only") }
                for task in try lifecycle.recover() {
                    console.say("\(task.record.name): taken up again after an interruption")
                    start(task, in: &group)
                }
                let listener = Task { [wake] in
                    guard let hints else { return }
                    for await _ in hints.wakeups { wake.yield() }
                }
                defer { listener.cancel() }
                status.stateChanged()
                try await loop(hints, &group)
            }
        }
        status.stateChanged()
    }

    private func loop(_ hints: DirectoryHints?, _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        var settle = SettleTracker(settle: config.settle)
        var iterator = wakeups.makeAsyncIterator()
        let scan = QueueScan(workspace: workspace, files: files)
        while !Task.isCancelled {
            for folder in try scan.folders() { hints?.watch(folder) }
            let arrived = hints?.takeArrivals() ?? []
            let queues = try scan.scan()
            let now = clock.now()
            settle.look(at: queues.flatMap(\.pending), arrived: Set(arrived.map(Self.key)), now: now)
            let running = state.withLock {
                Dictionary(grouping: $0.running.values, by: \.record.queue).mapValues(\.count)
            }
            let board = try TaskBoard(
                workspace, config, files, now: now, isSettled: { settle.isSettled($0, now: now) }, running: running,
                scanned: queues)
            var claimed = try setAsideAmendments(board)
            for candidate in board.selection.ready where try claim(candidate, in: &group) { claimed = true }
            status.scanned()
            if claimed { continue }
            if drain, isDrained(board) {
                console.say(leftOver(board))
                return
            }
            // In a drain nothing but settling can be waited for without an event; otherwise a rescan now and then.
            let timer = Task { [wake, seconds = min(settle.nextLook(now: now) ?? 30, 30)] in
                try await Task.sleep(for: .seconds(seconds))
                wake.yield()
            }
            _ = await iterator.next()
            timer.cancel()
        }
    }

    /// Files that came to `pending/` under the name of a task at work, which is how an editor saves a claimed file: the text
    /// is kept, and never run.
    private func setAsideAmendments(_ board: TaskBoard) throws -> Bool {
        var any = false
        for file in board.candidates.filter(\.isSettled).map(\.file)
        where state.withLock({ $0.running["\(file.queue)/\(file.name)"] }) != nil {
            guard let kept = try lifecycle.setAsideAmendment(queue: file.queue, name: file.name) else { continue }
            console.say(
                "\(file.name): saved again while it is at work; the new text is kept as \(workspace.display(kept))")
            any = true
        }
        return any
    }

    /// Takes a task up and starts its work.
    private func claim(_ candidate: Candidate, in group: inout ThrowingDiscardingTaskGroup<any Error>) throws -> Bool {
        let (queue, name) = (candidate.file.queue, candidate.file.name)
        if state.withLock({ $0.running["\(queue)/\(name)"] }) != nil { return false }
        guard let task = try lifecycle.claim(queue: queue, name: name, expecting: candidate.file.status) else {
            return false
        }
        console.say("\(name): started (\(candidate.document.priority), run \(task.record.run))")
        start(task, in: &group)
        return true
    }

    private func start(_ task: ClaimedTask, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        state.withLock { $0.running["\(task.record.queue)/\(task.record.name)"] = task }
        status.stateChanged()
        group.addTask { [self] in
            let ending = await work(task)
            // Nothing may come between the decision and its record, so a cancellation is not looked at any more.
            try lifecycle.finish(task.record, ending)
            state.withLock { state in
                state.running["\(task.record.queue)/\(task.record.name)"] = nil
                switch ending.cause {
                case .succeeded: state.tally.completed += 1
                case .obstructed: state.tally.blocked += 1
                default: state.tally.interrupted += 1
                }
            }
            console.say("\(task.record.name): \(ending.cause.word), \(ending.summary)")
            status.stateChanged()
            wake.yield()
        }
    }

    private func work(_ task: ClaimedTask) async -> TaskEnding {
        // Named without its folder, which it will have left when somebody reads the message.
        let (document, problems) = TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name)
        let limits = TaskLimits(timeout: document.frontMatter.timeout, retries: document.frontMatter.retries ?? 0)
        let result: TaskResult =
            problems.isEmpty
            ? await limits.run({ [self] in
                await executor.execute(task, document) { [self] in progress($0, of: task) }
            }) { [console] in console.say("\(task.record.name): \($0)") }
            : .blocked("the header is malformed: " + problems.map(\.description).joined(separator: "; "))
        let now = clock.now()
        return switch result {
        case .completed(let summary, let notes):
            TaskEnding(
                cause: .succeeded, at: now, summary: summary, notes: notes, roadmap: document.frontMatter.roadmap)
        case .blocked(let reason): TaskEnding(cause: .obstructed, at: now, summary: reason)
        case .failed(let reason):
            TaskEnding(
                cause: .obstructed, at: now,
                summary:
                    "the job failed: \(reason). After mending it, move the file back to pending/; what was done is kept"
            )
        case .stopped:
            TaskEnding(cause: .interrupted, at: now, summary: "stopped with a checkpoint; goes on when caid runs again")
        }
    }

    /// Progress is written down every five seconds; what is new in more than its numbers, at once.
    private func progress(_ progress: TaskProgress, of task: ClaimedTask) {
        console.progress(task.record.name, progress)
        let now = clock.now()
        let doing = progress.step + progress.phase.filter { !$0.isNumber }
        let (isNew, isDue) = state.withLock { state in
            let last = state.noted[task.record.run]
            let isNew = last?.doing != doing
            let isDue = isNew || now.timeIntervalSince(last?.at ?? .distantPast) >= 5
            if isDue { state.noted[task.record.run] = (now, doing) }
            return (isNew, isDue)
        }
        guard isDue else { return }
        try? journal.setProgress(
            task.record.id, step: progress.step, phase: progress.phase, fraction: progress.fraction,
            etaSeconds: progress.eta, at: now.timeIntervalSince1970)
        if isNew { status.stateChanged() } else { status.progressed() }
    }

    private func isDrained(_ board: TaskBoard) -> Bool {
        let isWaitingForNothing = board.selection.waiting.values.allSatisfy {
            if case .condition = $0 { true } else { false }
        }
        return isWaitingForNothing && state.withLock { $0.running.isEmpty }
    }

    private func leftOver(_ board: TaskBoard) -> String {
        let waiting = board.selection.waiting.sorted { $0.key < $1.key }
        guard !waiting.isEmpty else { return "drained: nothing is pending" }
        return "drained: \(waiting.count) pending cannot run now\n"
            + waiting.map { "  \($0.key): \($0.value.reason)" }.joined(separator: "\n")
    }

    /// `queue/name` of a path in some `pending/`.
    private static func key(_ path: FilePath) -> String {
        let parts = path.components.suffix(3).map(\.string)
        return parts.count == 3 && parts[1] == TaskState.pending.rawValue ? "\(parts[0])/\(parts[2])" : path.string
    }
}

extension Cause {
    /// For a line on the terminal.
    fileprivate var word: String {
        switch self {
        case .succeeded: "completed"
        case .obstructed: "blocked"
        case .interrupted: "stopped"
        case .claimed, .released, .dropped: rawValue
        }
    }
}
