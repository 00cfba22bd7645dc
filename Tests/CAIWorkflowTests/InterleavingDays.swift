// Owns a daemon's days in an interleaving: its start, its turns, the orders it carries out, and how it comes to its end.
// Never decides what happens next.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport

extension Interleaving {
    func startDaemon() {
        let person = person
        let gate = InterleavingGate { person.act() }
        let files = InterleavingFiles(
            files: ground.files, gate: gate, mistake: mistake, finishWriting: { person.finishWriting() })
        let store = InterleavingStore(
            memory: MemoryStore(ground.memory) { try gate.step() }, gate: gate, mistake: mistake)
        let numbers = Mutex(SeededRandom(random.number(0...1_000_000)))
        let dispatcher = Dispatcher(
            workspace: ground.workspace, rules: rules, settle: 2, store: store, files: files, clock: ground.clock,
            random: { numbers.withLock { Double.random(in: 0..<1, using: &$0) } })
        daemon = (dispatcher, gate)
        unchanged = [:]
        ground.tell("a daemon starts")
        guard mistake != .recoveryIsLeftOut, let resumed = attempt("recover", { try $0.recover() }) else { return }
        works.sweep(keeping: dispatcher.running.values.map { $0 })
        for (task, isDropped) in resumed {
            start(task)
            if isDropped { works.stop(task.record) }
        }
        checkRecovered(dispatcher)
    }

    func turn() {
        while let order = orders.first {
            noteWanted(order)
            guard let done = attempt("order \(order.verb) \(order.task)", { try $0.carryOut(order) }) else { return }
            orders.removeFirst()
            ground.tell("  \(done.reply.message)")
            if let record = done.stop { works.stop(record) }
        }
        let arrived = random.isTrue(percent: 60) ? person.takeArrivals() : []
        guard let turn = attempt("turn", { try $0.turn(arrived: arrived) }) else { return }
        for record in turn.vanished {
            ground.tell("  \(record.key) has vanished")
            works.stop(record)
        }
        for (task, kept) in turn.amended { ground.tell("  \(task) amended, kept as \(kept)") }
        for task in turn.claimed { start(task) }
        check(turn)
        last = turn
    }

    func start(_ task: ClaimedTask) {
        ground.tell("  \(task.isResumed ? "resumed" : "claimed") \(InterleavingWorks.identity(task.record))")
        check(starting: task)
        faults += works.start(task)
        if mistake == .secondWorkIsStarted {
            var again = task
            again.record.claims += 100
            faults += works.start(again)
        }
    }

    /// Mostly about a task that there is.
    func giveOrder() {
        let names = InterleavingPerson.names + InterleavingPerson.requests
        let there = InterleavingGround.lanes.flatMap { lane in
            [TaskState.inProgress, .blocked, .pending].flatMap { state in
                ground.names(lane, state).filter { TaskName($0).isClaimable }.map { "\(lane)/\($0)" }
            }
        }
        let name = random.one(of: names) ?? ""
        let any = random.one(of: [name, String(name.dropLast(3)), "gpu/\(name)", "nothing.md", ""]) ?? ""
        let task = random.isTrue(percent: 60) ? random.one(of: there) ?? any : any
        let verb = random.one(of: [Order.Verb.approve, .retry, .retry, .cancel]) ?? .retry
        orders.append(Order(verb, task: task, at: ground.clock.now()))
    }

    /// Who has a task tried again wants it to run.
    func noteWanted(_ order: Order) {
        guard order.verb == .retry else { return }
        for lane in InterleavingGround.lanes {
            for name in ground.names(lane, .blocked) {
                guard let bytes = try? ground.files.read(ground.path(lane, .blocked, name)) else { continue }
                person.state.withLock { $0.ledger.wanted(bytes) }
            }
        }
    }

    /// Calls the daemon; it may die in the middle, or a person act.
    /// - Returns: nil where it died.
    func attempt<Value>(_ words: String, _ body: (Dispatcher) throws -> Value) -> Value? {
        guard let daemon else { return nil }
        let death = random.isTrue(percent: 12) ? random.number(1...24) : nil
        let visit = random.isTrue(percent: 20) ? random.number(1...20) : nil
        daemon.gate.plan(death: isCalm ? nil : death, visit: isCalm ? nil : visit)
        ground.tell(words)
        defer { daemon.gate.plan(death: nil, visit: nil) }
        do { return try body(daemon.dispatcher) } catch is Crash {} catch {
            faults.append("\(words) throws \(error)")
            return nil
        }
        ground.tell("  and dies in the middle")
        self.daemon = nil
        if random.isTrue(percent: 50) { losePower() }
        return nil
    }

    func killDaemon() {
        ground.tell("the daemon is killed")
        daemon = nil
    }

    /// Some programs are stopped with the daemon, the others run on.
    func stopDaemon() {
        ground.tell("the daemon is told to stop")
        for (identity, work) in works.alive where daemon != nil {
            let result = random.isTrue(percent: 50) ? TaskResult.stopped : .detached
            if result == .stopped { works.end(identity, result) }
            finish(work.task, result)
        }
        daemon = nil
    }

    func losePower() {
        ground.tell("power is lost")
        daemon = nil
        works.die()
        let files = ground.files
        for path in files.entries().keys.sorted() where random.isTrue(percent: 20) {
            guard let status = try? files.status(FilePath(path)) else { continue }
            if status.kind == .directory { try? files.syncDirectory(FilePath(path)) }
            if status.kind == .regular { try? files.syncFile(FilePath(path)) }
        }
        noteDurable()
        let before = inProgress()
        if let left = random.one(of: files.crashStates(limit: 40)) { ground.files = left }
        person.powerLost(Self.contents(ground.files), inProgress: inProgress().subtracting(before))
    }
}
