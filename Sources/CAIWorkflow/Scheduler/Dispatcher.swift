// Owns one turn of the daemon's wheel: look at the folders, put amendments aside, ask for approvals, hand out reviews, take
// up what may run; and the end of each task. All of it without a clock, a thread or a file system of its own.
// Never does the work: it says what to start and what to stop.

import CAISystem
import FoundationEssentials
import Synchronization
import SystemPackage

/// What one turn came to.
public struct Turn: Sendable {
    public var board: Board
    /// To be started now.
    public var claimed: [ClaimedTask] = []
    /// Files that were saved again while their task is at work, and where the new text is kept.
    public var amended: [(task: String, kept: FilePath)] = []
    /// Tasks at work whose file a person has taken away: to be stopped.
    public var vanished: [TaskRecord] = []
    /// Whether a file was moved or written, so that the next turn is due at once.
    public var hasActed = false

    /// Whether something could run and was not taken up: saved or moved between the look and the claim.
    public var hasMissed: Bool { claimed.count < board.selection.ready.count }
}

/// Decides and moves; the caller runs what it is given.
public final class Dispatcher: Sendable {
    private struct Running: Sendable {
        var task: ClaimedTask
        /// What it takes of the things that all queues share.
        var takes: String?
        var missingSince: Duration?
        /// Whether its work was said to be stopped, because the file is gone for good.
        var isVanished = false
        var isDropped = false
    }
    private struct State: Sendable {
        var settle: SettleTracker
        var running: [String: Running] = [:]
    }
    public let workspace: Workspace
    let rules: BoardRules
    let lifecycle: TaskLifecycle
    let store: any TaskStore
    let files: any FileOperations
    let clock: any WallClock
    /// Seconds.
    private let settle: Double
    private let documents: PendingDocuments
    private let state: Mutex<State>
    private let random: @Sendable () -> Double

    /// - Parameters:
    ///   - settle: seconds.
    ///   - documents: shared with whoever else looks at pending files.
    ///   - random: 0…1, for jitter and nonces.
    public init(
        workspace: Workspace, rules: BoardRules, settle: Double, store: any TaskStore,
        files: any FileOperations = RealFiles(), clock: any WallClock = SystemWallClock(),
        documents: PendingDocuments? = nil, random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        (self.workspace, self.rules, self.settle, self.store) = (workspace, rules, settle, store)
        (self.files, self.clock, self.random) = (files, clock, random)
        lifecycle = TaskLifecycle(workspace: workspace, store: store, files: files, clock: clock)
        self.documents = documents ?? PendingDocuments(workspace: workspace, files: files)
        state = Mutex(State(settle: SettleTracker(settle: settle)))
    }

    /// What is at work, by `queue/name`.
    public var running: [String: TaskRecord] { state.withLock { $0.running.mapValues(\.task.record) } }

    /// Finishes what a dead daemon had begun, or this one before something went wrong.
    /// - Returns: the tasks to go on with, and whether each is to be stopped because a person has cancelled it.
    public func recover() throws -> [(task: ClaimedTask, isDropped: Bool)] {
        let resumed = try lifecycle.recover(except: Set(running.keys))
        return resumed.map { task in
            note(task, takes: rules.takes(queue: task.record.queue, name: task.record.name, task.bytes))
            let isDropped = task.record.ending?.cause == .dropped
            if isDropped { state.withLock { $0.running[task.record.key]?.isDropped = true } }
            return (task, isDropped)
        }
    }

    /// One turn.
    /// - Parameter arrived: `queue/name` of files that were seen arriving by rename.
    public func turn(arrived: Set<String>) throws -> Turn {
        let queues = try QueueScan(workspace: workspace, files: files).scan()
        let (now, uptime) = (clock.now(), clock.uptime())
        let (settled, atWork) = state.withLock { state in
            state.settle.look(at: queues.flatMap(\.pending), arrived: arrived, now: uptime)
            return (state.settle, state.running.mapValues(\.takes))
        }
        let candidates = documents.candidates(queues.flatMap(\.pending)) { settled.isSettled($0, now: uptime) }
        var hasActed = try takeApprovals(candidates, queues)
        let board = Board(
            queues, candidates, rules, workspace, files, returned: try store.returned(),
            approvals: try store.approvals(), running: atWork, now: now)
        var turn = Turn(board: board)
        turn.amended = try setAsideAmendments(candidates, queues)
        turn.vanished = vanished(queues, now: uptime)
        for candidate in board.selection.ready where atWork[candidate.file.key] == nil {
            let file = candidate.file
            let path = workspace.file(queue: file.queue, .pending, file.name)
            let isBeingWritten = (try? files.isBeingWritten(path)) ?? false
            if !isBeingWritten, try handOut(candidate) { hasActed = true }
            guard !isBeingWritten,
                let task = try lifecycle.claim(queue: file.queue, name: file.name, expecting: file.status)
            else {
                // Another takes its place at once.
                state.withLock { $0.settle.startAnew(file, now: uptime) }
                hasActed = true
                continue
            }
            note(task, takes: rules.takes(candidate))
            turn.claimed.append(task)
        }
        turn.hasActed = hasActed || !turn.claimed.isEmpty || !turn.amended.isEmpty
        return turn
    }

    /// Seconds until a turn is due although nothing has happened.
    public func nextTurn(after board: Board, atMost limit: Double) -> Double {
        let uptime = clock.uptime()
        let settle = state.withLock { state in
            let missing = state.running.values.filter { !$0.isVanished }.compactMap(\.missingSince)
                .map { self.settle - (uptime - $0) / .seconds(1) }
            return ([state.settle.nextLook(now: uptime)].compactMap { $0 } + missing).min()
        }
        let moment = board.nextMoment.map { $0.timeIntervalSince(clock.now()) }
        return max(0.01, min(limit, settle ?? limit, moment ?? limit))
    }

    /// Ends a task whose work is over.
    /// - Returns: how it ended; nil where its work goes on without this daemon.
    public func finish(_ task: ClaimedTask, _ result: TaskResult) throws -> TaskEnding? {
        let (document, _) = TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name)
        let header = document.frontMatter
        let retries = header.retries ?? rules.retries(task.record.queue)
        let now = clock.now()
        var ending = AttemptPolicy(retries: retries).ending(
            after: result, previous: task.record.ending, roadmap: header.roadmap, now: now, jitter: random())
        let isDropped = state.withLock { $0.running[task.record.key]?.isDropped ?? false }
        if isDropped, let found = ending, found.cause != .succeeded {
            ending = TaskEnding(cause: .dropped, at: now, summary: "cancelled while it ran")
        }
        if ending != nil, let decided = try lifecycle.decidedEnding(of: task.record) { ending = decided }
        if let ending { try lifecycle.finish(task.record, ending) }
        state.withLock { $0.running[task.record.key] = nil }
        return ending
    }

    /// Marks a task at work as not wanted any more; its work is to be stopped.
    func drop(_ record: TaskRecord, at: Date) throws {
        try lifecycle.noteDropped(record, at: at)
        state.withLock { $0.running[record.key]?.isDropped = true }
    }

    private func note(_ task: ClaimedTask, takes: String?) {
        state.withLock { $0.running[task.record.key] = Running(task: task, takes: takes) }
    }

    /// Files that came to `pending/` under the name of a task at work, which is how an editor saves a claimed file: the
    /// text is kept, and never run. Where the claimed file itself is gone, a person has moved it back, which is no
    /// amendment: it runs again once its work has stopped.
    private func setAsideAmendments(
        _ candidates: [Candidate], _ queues: [QueueFolders]
    ) throws -> [(task: String, kept: FilePath)] {
        let inProgress = Set(queues.flatMap { queue in queue.inProgress.map { "\(queue.name)/\($0)" } })
        var amended: [(task: String, kept: FilePath)] = []
        for file in candidates.filter(\.isSettled).map(\.file) where inProgress.contains(file.key) {
            guard state.withLock({ $0.running[file.key] }) != nil,
                let kept = try lifecycle.setAsideAmendment(queue: file.queue, name: file.name)
            else { continue }
            amended.append((file.key, kept))
        }
        return amended
    }

    /// Tasks at work whose file has been gone from `in_progress/` for as long as a file takes to settle: an editor that
    /// saves it takes it away for a moment only. Each is told once; its work takes its time to stop.
    private func vanished(_ queues: [QueueFolders], now: Duration) -> [TaskRecord] {
        let inProgress = Set(queues.flatMap { queue in queue.inProgress.map { "\(queue.name)/\($0)" } })
        return state.withLock { state in
            var gone: [TaskRecord] = []
            for (key, running) in state.running where !running.isVanished {
                if inProgress.contains(key) {
                    state.running[key]?.missingSince = nil
                } else if let since = running.missingSince {
                    guard now - since >= .seconds(settle) else { continue }
                    state.running[key]?.isVanished = true
                    gone.append(running.task.record)
                } else {
                    state.running[key]?.missingSince = now
                }
            }
            return gone
        }
    }

    /// Writes the box into files that ask for approval, and takes up the ticks.
    private func takeApprovals(_ candidates: [Candidate], _ queues: [QueueFolders]) throws -> Bool {
        let approvals = try store.approvals()
        try forgetApprovals(approvals, queues)
        let asking = candidates.filter {
            $0.isSettled && $0.problems.isEmpty && $0.document.frontMatter.requiresApproval
        }
        var hasActed = false
        for candidate in asking {
            let (file, asked) = (candidate.file, approvals[candidate.file.key])
            if asked?.approvedAt != nil { continue }
            let box = asked.flatMap { candidate.approvalBoxes[$0.nonce] }
            if box == true {
                try lifecycle.approve(queue: file.queue, name: file.name, words: "approved by its box")
                hasActed = true
            } else if box == nil {
                let nonce = String(UInt32(random() * 4_294_967_295), radix: 36)
                try lifecycle.askApproval(queue: file.queue, name: file.name, asked: asked, nonce: nonce)
            }
        }
        return hasActed
    }

    /// An approval is for the file that was there: once no file of that name waits, runs or is blocked, it is void.
    private func forgetApprovals(_ approvals: [String: Approval], _ queues: [QueueFolders]) throws {
        let given = approvals.filter { $0.value.approvedAt != nil }
        guard !given.isEmpty else { return }
        let there = Set(
            queues.flatMap { queue in
                queue.pending.map(\.key) + (queue.inProgress + queue.blocked).map { "\(queue.name)/\($0)" }
            })
        for key in given.keys where !there.contains(key) && running[key] == nil {
            try store.set(nil, queue: key.queuePart, name: String(key.dropFirst(key.queuePart.count + 1)))
        }
    }
}
