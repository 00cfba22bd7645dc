// Owns the loop of the daemon: a turn of the dispatcher, start and stop what it says, wait for the next reason to look. Hints
// make a turn come earlier; the turn itself looks at everything, every time.
// Never writes into a task file or the journal but through the dispatcher.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import Logging
import ServiceLifecycle
import Synchronization
import SystemPackage

/// What a run of the scheduler amounted to.
struct RunTally: Sendable {
    var completed = 0
    var blocked = 0
    /// Stopped and put back, or still at work without us: run again to go on.
    var interrupted = 0
}

/// Runs tasks until it is told to stop, or, draining, until nothing can be done now.
final class SchedulerService: Service {
    private struct State {
        var tally = RunTally()
        /// The work that goes on, by `queue/name`.
        var works: [String: Task<TaskResult, Never>] = [:]
        var atWork: [String: ClaimedTask] = [:]
        /// How the last work for the pod ended.
        var lastForPod: Cause?
        /// When a run's progress was last written down, and what it was doing then.
        var noted: [String: (at: Date, doing: String)] = [:]
    }
    let workspace: Workspace
    private let dispatcher: Dispatcher
    private let runner: TaskRunner
    private let keeper: PodKeeper
    private let rules: BoardRules
    private let journal: Journal
    private let status: StatusService
    private let console: Console
    private let clock: any WallClock
    private let log: Logger
    private let drain: Bool
    private let box: OrderBox
    private let state = Mutex(State())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(
        workspace: Workspace, dispatcher: Dispatcher, runner: TaskRunner, keeper: PodKeeper, rules: BoardRules,
        journal: Journal, status: StatusService, console: Console, clock: any WallClock, log: Logger, drain: Bool
    ) {
        (self.workspace, self.dispatcher, self.runner, self.journal) = (workspace, dispatcher, runner, journal)
        (self.keeper, self.rules, self.status, self.console, self.clock) = (keeper, rules, status, console, clock)
        (self.log, self.drain) = (log, drain)
        box = OrderBox(workspace)
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var tally: RunTally { state.withLock { $0.tally } }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingDiscardingTaskGroup { group in
                let hints = try? DirectoryHints()
                if hints == nil { log.warning("no inotify here: new files are seen at the regular rescan only") }
                try recover(in: &group)
                try await runner.agent.programs.sweep(keeping: dispatcher.running.values.map { $0 })
                try box.sweep(now: clock.now())
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
        var iterator = wakeups.makeAsyncIterator()
        var patience = Patience()
        while !Task.isCancelled, !group.isCancelled {
            let next: Next
            do {
                next = try await turn(hints, &group)
                patience = Patience()
            } catch  where !(error is CancellationError) {
                // The disk is full, or fails for a moment. What was begun is in the journal, and is taken up from there.
                try await patience.wait(after: error) { console.say("cannot go on: \(error); trying again in \($0) s") }
                try recover(in: &group)
                continue
            }
            switch next {
            case .now: continue
            case .drained(let words): return console.say(words)
            case .after(let seconds, let isLarge):
                if isLarge { Memory.giveBack() }
                let timer = Task { [wake] in
                    try await Task.sleep(for: .seconds(seconds))
                    wake.yield()
                }
                _ = await iterator.next()
                timer.cancel()
            }
        }
    }

    /// When the next turn is due.
    private enum Next {
        case now
        /// Seconds, unless something happens before; and whether thousands of files were looked at for a moment.
        case after(Double, isLarge: Bool)
        /// Never: what is left over, in words.
        case drained(String)
    }

    /// One turn, and what it says to start and stop.
    private func turn(
        _ hints: DirectoryHints?, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws -> Next {
        let scan = QueueScan(workspace: workspace, files: RealFiles())
        for folder in try scan.folders() + [workspace.requests] { hints?.watch(folder) }
        let arrived = hints?.takeArrivals() ?? []
        try await carryOutOrders()
        let turn = try dispatcher.turn(arrived: Set(arrived.compactMap(key)))
        for (task, kept) in turn.amended {
            console.say("\(task): saved again while it is at work; the new text is kept as \(workspace.display(kept))")
        }
        for record in turn.vanished { stop(record, "its file was taken out of in_progress/") }
        for task in turn.claimed {
            console.say("\(task.record.name): started (run \(task.record.run))")
            start(task, in: &group)
        }
        status.scanned()
        await tellKeeper(turn.board)
        if turn.hasActed {
            status.stateChanged()
            return .now
        }
        if drain, !turn.hasMissed, isDrained(turn.board) { return .drained(leftOver(turn.board)) }
        return .after(
            dispatcher.nextTurn(after: turn.board, atMost: turn.hasMissed ? 1 : 30),
            isLarge: turn.board.candidates.count > 1000)
    }

    /// What work there is for the pod, and whether something urgent takes it from something that is not.
    private func tellKeeper(_ board: Board) async {
        let (atWork, isBlocked) = state.withLock { ($0.atWork, $0.lastForPod == .obstructed) }
        let isAtWork = atWork.values.contains(where: rules.isForPod)
        await keeper.demands(PodDemand(board, rules, isAtWork: isAtWork, lastWasBlocked: isBlocked))
        guard let (urgent, victim) = Preemption.due(board, rules, atWork: atWork, before: gaveWay) else { return }
        let words = "gives the pod to \(urgent.file.name) at a checkpoint, and goes on after it"
        try? journal.addEvent(
            at: clock.now().timeIntervalSince1970, actor: "caid", target: victim.record.run,
            message: Preemption.word + urgent.file.name)
        stop(victim.record, words, forGood: false)
    }

    /// Whether a run has given way before.
    private func gaveWay(_ run: String) -> Bool {
        ((try? journal.events(of: run)) ?? []).contains { $0.message.hasPrefix(Preemption.word) }
    }

    /// Takes up what was interrupted.
    private func recover(in group: inout ThrowingDiscardingTaskGroup<any Error>) throws {
        for (task, isDropped) in try dispatcher.recover() {
            console.say("\(task.record.name): taken up again after an interruption")
            start(task, in: &group)
            if isDropped { stop(task.record, "cancelled") }
        }
    }

    private func carryOutOrders() async throws {
        for (id, request) in try box.requests() {
            let reply: OrderReply
            switch request {
            case .task(let order):
                let record: TaskRecord?
                (reply, record) = try dispatcher.carryOut(order)
                console.say("caid \(order.verb.rawValue) \(order.task): \(reply.message)")
                if let record { stop(record, "cancelled") }
            case .pod(let order):
                reply = await keeper.carryOut(order) { [console] in console.say($0) }
                console.say("caid pod \(order.pod.rawValue): \(reply.message)")
            }
            try box.answer(id, reply)
            status.stateChanged()
        }
    }

    /// Ends the work on a task; what is saved stays saved.
    /// - Parameter forGood: whether a person does not want it any more.
    private func stop(_ record: TaskRecord, _ why: String, forGood: Bool = true) {
        console.say("\(record.name): \(why), so its work is being stopped")
        if runner.stop(record, why, forGood: forGood) { return }
        state.withLock { $0.works[record.key] }?.cancel()
    }

    private func start(_ task: ClaimedTask, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let work = Task { [self] in await runner.run(task) { [self] in progress($0, of: task) } }
        state.withLock {
            $0.works[task.record.key] = work
            $0.atWork[task.record.key] = task
        }
        let isForPod = rules.isForPod(task)
        status.stateChanged()
        group.addTask { [self] in
            let result = await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
            // Nothing may come between the decision and its record, so a cancellation is not looked at any more.
            let ending = try await finish(task, result)
            if ending != nil { runner.agent.programs.forget(task.record) }
            console.say(
                ending.map { "\(task.record.name): \($0.word), \($0.summary)" }
                    ?? "\(task.record.name): its program runs on; `caid run` takes it up again")
            state.withLock { state in
                // Put back and claimed again by now, it may be another work.
                if state.works[task.record.key] == work {
                    state.works[task.record.key] = nil
                    state.atWork[task.record.key] = nil
                }
                if isForPod { state.lastForPod = ending?.cause }
                switch ending?.cause {
                case .succeeded: state.tally.completed += 1
                case .obstructed: state.tally.blocked += 1
                case .interrupted where ending?.hold != nil, .dropped: break
                default: state.tally.interrupted += 1
                }
            }
            status.stateChanged()
            wake.yield()
        }
    }

    /// Writes the end down; a disk that is full or fails for a moment is waited for, since the work is done.
    private func finish(_ task: ClaimedTask, _ result: TaskResult) async throws -> TaskEnding? {
        var patience = Patience()
        while true {
            do { return try dispatcher.finish(task, result) } catch {
                do {
                    try await patience.wait(after: error) { [console] in
                        console.say(
                            "\(task.record.name): its end cannot be written down: \(error); trying again in \($0) s")
                    }
                } catch {
                    // The loop has to see that one of its tasks has failed.
                    wake.yield()
                    throw error
                }
            }
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

    private func isDrained(_ board: Board) -> Bool {
        !board.selection.waiting.values.contains(where: \.isBrief) && state.withLock { $0.works.isEmpty }
    }

    private func leftOver(_ board: Board) -> String {
        let waiting = board.selection.waiting.sorted { $0.key < $1.key }
        guard !waiting.isEmpty else { return "drained: nothing is pending" }
        return "drained: \(waiting.count) pending cannot run now\n"
            + waiting.map { "  \($0.key): \($0.value.reason)" }.joined(separator: "\n")
    }

    /// `queue/name` of a path in some `pending/`.
    private func key(_ path: FilePath) -> String? {
        var relative = path
        guard relative.removePrefix(workspace.root) else { return nil }
        let parts = relative.components.map(\.string)
        guard parts.count == 4, parts[2] == TaskState.pending.rawValue else { return nil }
        return (parts[0] == "reviews" ? Workspace.lane(reviewer: parts[1]) : parts[1]) + "/" + parts[3]
    }
}

extension TaskEnding {
    /// For a line on the terminal.
    fileprivate var word: String {
        switch cause {
        case .succeeded: "completed"
        case .obstructed: "blocked"
        case .interrupted: hold == nil ? "stopped" : "put back"
        case .dropped: "cancelled"
        case .claimed, .released: cause.rawValue
        }
    }
}
