// Owns what must hold in every world, whatever has happened in it: nothing lost, nothing done twice, nothing waiting without
// a reason; and that a world which is left alone comes to rest.
// Never changes a file.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

extension Interleaving {
    /// Looks at everything.
    func checkAll() {
        noteDurable()
        let entries = ground.files.entries().filter { $0.value.kind == .regular }
        let contents = entries.values.map(\.bytes)
        let missing = person.state.withLock { state in
            let standing = state.ledger.standing(in: contents)
            return state.ledger.saves.keys.filter { !standing.contains($0) }.sorted()
        }
        if !missing.isEmpty { faults.append("lost, or no longer as it was saved: \(missing.map { "mark \($0)" })") }
        for (path, entry) in entries {
            if checked.insert(entry.bytes).inserted { checkLines(path, entry.bytes) }
            checkName(path)
        }
        let ticked = tickedItems()
        if !ticked.isSubset(of: doneItems) {
            faults.append("ticked \(ticked.sorted()), done only \(doneItems.sorted())")
        }
    }

    /// Each line of a status, and each result, whatever time stands before it, stands in a file once.
    private func checkLines(_ path: String, _ bytes: [UInt8]) {
        var seen: Set<Substring> = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("- [2") || line.hasPrefix("- Result: ") || line.hasPrefix("- [ ] Run this") else {
                continue
            }
            let result = line.contains("(") ? line.drop { $0 != "]" } : line
            if !seen.insert(result).inserted { faults.append("\(path) says twice: \(result)") }
        }
    }

    /// In the folders of the tasks lie tasks, backups of editors, and what a dead daemon had not yet named.
    private func checkName(_ path: String) {
        let parts = path.split(separator: "/")
        guard parts.count == 5, let name = parts.last.map(String.init), !known.contains(name) else { return }
        let isKnown =
            TaskName(name).isClaimable || name.hasSuffix(".md~") || name.hasPrefix(".caid-") && name.hasSuffix(".tmp")
        if !isKnown { faults.append("a stray file: \(path)") } else { known.insert(name) }
    }

    /// Remembers which saves a power loss may not take any more. What lies displaced may be on its way out.
    func noteDurable() {
        guard person.state.withLock({ $0.ledger.saves.values.contains { !$0.isDurable } }),
            let durable = ground.files.crashStates(limit: 1).first
        else { return }
        let contents = Self.contents(durable)
        person.state.withLock { state in for bytes in contents { state.ledger.isDurable(bytes) } }
    }

    /// Every file but those that the daemon has put aside.
    static func contents(_ files: PowerLossFiles) -> [[UInt8]] {
        files.entries().filter { $0.value.kind == .regular && !$0.key.hasPrefix("/w/.caid/displaced/") }.map(
            \.value.bytes)
    }

    /// `queue/name` of everything in progress.
    func inProgress() -> Set<String> {
        Set(
            InterleavingGround.lanes.flatMap { lane in
                ground.names(lane, .inProgress).filter { TaskName($0).isClaimable }.map { "\(lane)/\($0)" }
            })
    }

    private func tickedItems() -> Set<String> {
        let bytes = (try? ground.files.read(ground.workspace.roadmap)) ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix("- [x] ") }.map { "Baseline / \($0.dropFirst(6).prefix(6))" })
    }

    func items(of task: ClaimedTask) -> [String] { document(task).document.frontMatter.roadmap }

    // MARK: After what the daemon did

    func check(starting task: ClaimedTask) {
        // A task that is taken up again stands as it was found; a claimed one has been written and made durable, unless a
        // person has saved it since.
        if task.isResumed { return }
        let bytes = (try? ground.files.read(ground.path(task.record.queue, .inProgress, task.record.name))) ?? []
        let isDone = person.state.withLock { state in
            if InterleavingLedger.mark(bytes) == InterleavingLedger.mark(task.bytes) { state.ledger.isDurable(bytes) }
            return state.ledger.isCompleted(task.record.key, task.bytes)
        }
        if isDone { faults.append("\(task.record.key) is started, and was completed already") }
    }

    func check(_ turn: Turn) {
        let selection = turn.board.selection
        let ready = Set(selection.ready.map(\.file.key))
        var seen: [String: (status: FileStatus, since: Double)] = [:]
        for candidate in turn.board.candidates {
            let (key, status) = (candidate.file.key, candidate.file.status)
            if !ready.contains(key), selection.waiting[key] == nil { faults.append("\(key) waits without a reason") }
            let since = unchanged[key].flatMap { $0.status == status ? $0.since : nil } ?? elapsed
            // What was ready and could not be taken has to settle anew.
            if !ready.contains(key) { seen[key] = (status, since) }
            if selection.waiting[key] == .settling, elapsed - since > 12.5 {
                faults.append("\(key) has not changed for \(elapsed - since) s and does not settle")
            }
        }
        unchanged = seen
        let wait = daemon?.dispatcher.nextTurn(after: turn.board, atMost: 30) ?? 1
        if !(0.01...30).contains(wait) { faults.append("the next turn is due in \(wait) s") }
    }

    func checkRecovered(_ dispatcher: Dispatcher) {
        let unfinished = ground.records.filter(\.state.isUnfinished)
        if unfinished.contains(where: { $0.state != .running })
            || Set(unfinished.map(\.key)) != Set(dispatcher.running.keys)
        {
            faults.append(
                "recovery leaves \(unfinished.map { "\($0.key) \($0.state)" }), runs \(dispatcher.running.keys.sorted())"
            )
        }
    }

    func check(_ task: ClaimedTask, _ ending: TaskEnding) {
        guard let record = ground.records.first(where: { $0.id == task.record.id }), record.state != .moved else {
            return
        }
        let lane = task.record.queue
        if ending.cause == .succeeded {
            // A person may have been there at once, and put it back.
            let pending = ground.names(lane, .pending).compactMap {
                try? ground.files.read(ground.path(lane, .pending, $0))
            }
            person.state.withLock { state in
                state.ledger.complete(task.record.key, task.bytes)
                for bytes in pending { state.ledger.wanted(bytes) }
            }
        }
        guard isCalm, let state = Transition.target(from: .inProgress, on: ending.cause) else { return }
        let said = ground.names(lane, state).filter { name in
            let text = String(decoding: (try? ground.files.read(ground.path(lane, state, name))) ?? [], as: UTF8.self)
            return text.contains("[\(ending.at.instantText)] \(state.rawValue): \(ending.summary)\n")
                && (ending.notes.map { text.contains($0 + "\n") } ?? true)
        }
        if said.count != 1 { faults.append("\(task.record.key) ended with \(ending.summary), which stands in \(said)") }
    }

    // MARK: Rest

    /// Nothing more goes wrong, every work ends well: after a while nothing is left that could run.
    func settle() {
        isCalm = true
        ground.tell("all is calm")
        person.finishEverything()
        if daemon == nil { startDaemon() }
        for _ in 0..<300 {
            turn()
            let ended = works.all
            for (identity, work) in ended {
                works.end(identity, result(of: work, wellPercent: 100))
                finish(work.task, works.works[identity]?.result ?? .stopped)
            }
            checkAll()
            guard faults.isEmpty, let turn = last, let dispatcher = daemon?.dispatcher else { return }
            if turn.hasActed || !ended.isEmpty { continue }
            let waiting = turn.board.selection.waiting.values
            if !waiting.contains(where: { $0.isBrief || $0.until != nil }) { return checkAtRest(turn, dispatcher) }
            pass(dispatcher.nextTurn(after: turn.board, atMost: 3600))
        }
        faults.append("it never comes to rest: \(last?.board.selection.waiting ?? [:])")
    }

    private func checkAtRest(_ turn: Turn, _ dispatcher: Dispatcher) {
        let placed = person.state.withLock { $0.placed }
        if !turn.board.selection.ready.isEmpty {
            faults.append(
                "ready and not taken: \(turn.board.selection.ready.map(\.file.key)), \(ground.records.map { "\($0.key) \($0.state)" })"
            )
        }
        if !dispatcher.running.isEmpty { faults.append("still running: \(dispatcher.running.keys.sorted())") }
        let left = inProgress().subtracting(placed).sorted()
        if !left.isEmpty { faults.append("in progress, and nobody works on it: \(left)") }
        for (key, waiting) in turn.board.selection.waiting where waiting.reason.contains("in_progress/ already") {
            if !placed.contains(key) { faults.append("\(key) waits for nothing: \(waiting.reason)") }
        }
        let unfinished = ground.records.filter(\.state.isUnfinished)
        if !unfinished.isEmpty { faults.append("unfinished: \(unfinished.map { "\($0.key) \($0.state)" })") }
        let ticked = tickedItems()
        for record in ground.records where record.state == .completed {
            let open = (record.ending?.roadmap ?? []).filter { !ticked.contains($0) }
            if !open.isEmpty { faults.append("\(record.key) is completed, and \(open) not ticked") }
        }
    }
}
