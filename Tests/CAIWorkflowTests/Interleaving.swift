// Owns one interleaving: people, programs, orders, time, and a daemon that is stopped, dies and is started again, in an order
// that the seed alone decides.
// Never judges; InterleavingChecks does.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Synchronization
import SystemPackage
import TestSupport

/// A world that takes random steps.
final class Interleaving {
    let ground: InterleavingGround
    let person: InterleavingPerson
    let mistake: InterleavingMistake?
    var random: SeededRandom
    var works: InterleavingWorks
    /// The daemon that runs, if one does.
    var daemon: (dispatcher: Dispatcher, gate: InterleavingGate)?
    /// Orders that no daemon has carried out to the end.
    var orders: [Order] = []
    var faults: [String] = []
    /// Items of the roadmap that a task named whose work was done.
    var doneItems: Set<String> = []
    /// Seconds that have passed, whatever the clock says.
    var elapsed = 0.0
    /// Since when the daemon sees a pending file as it is.
    var unchanged: [String: (status: FileStatus, since: Double)] = [:]
    /// Texts that have been looked at.
    var checked: Set<[UInt8]> = []
    /// Names that are known to be allowed in a folder of tasks.
    var known: Set<String> = []
    private var summaries = 0

    private static let concurrency: @Sendable (String) -> Int = { $0 == "agents" ? 2 : 1 }
    private let rules = BoardRules(
        concurrency: concurrency, retries: { $0 == "agents" ? 1 : 0 }, shared: ["the pod": 1],
        takes: { $0.document.frontMatter.pipeline == nil ? nil : "the pod" },
        reviewers: Set(InterleavingGround.reviewers))

    init(seed: Int, mistake: InterleavingMistake? = nil) throws {
        ground = try InterleavingGround(renames: seed % 4 == 3 ? .separate : .atomic)
        person = InterleavingPerson(ground, seed: seed)
        // Far apart: the generator's streams for neighbouring numbers are one stream.
        random = SeededRandom(seed &* 0x5851_F42D_4C95_7F2D)
        works = InterleavingWorks(concurrency: Self.concurrency)
        self.mistake = mistake
    }

    /// Something happens.
    func step() {
        guard daemon != nil else {
            let deed = random.pick([
                (40, startDaemon), (30, person.act), (15, passTime), (10, endSomeWork), (5, losePower),
            ])
            deed?()
            return
        }
        let deed = random.pick([
            (32, person.act), (15, passTime), (3, jumpClock), (30, turn), (12, finishSomeWork), (6, giveOrder),
            (2, stopDaemon), (1, killDaemon), (2, losePower),
        ])
        deed?()
    }

    // MARK: Time

    private func passTime() { pass(random.one(of: [0.1, 0.5, 2.1, 2.1, 5, 11, 11, 40, 600, 3600]) ?? 1) }

    /// Whatever people have written half a minute ago is on the disk.
    func pass(_ seconds: Double) {
        ground.tell("\(seconds) s pass")
        ground.clock.advance(seconds)
        elapsed += seconds
        if seconds >= 30 { ground.files.syncAll() }
    }

    private func jumpClock() {
        let hours = Double(random.number(-5...5))
        ground.tell("the clock jumps by \(hours) h")
        ground.clock.set(by: hours * 3600)
        ground.clock.advance(0.25)
    }

    // MARK: The daemon

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
    private(set) var last: Turn?

    private func start(_ task: ClaimedTask) {
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
    private func giveOrder() {
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
    private func noteWanted(_ order: Order) {
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
    /// Whether nothing more goes wrong.
    var isCalm = false

    private func killDaemon() {
        ground.tell("the daemon is killed")
        daemon = nil
    }

    /// Some programs are stopped with the daemon, the others run on.
    private func stopDaemon() {
        ground.tell("the daemon is told to stop")
        for (identity, work) in works.alive where daemon != nil {
            let result = random.isTrue(percent: 50) ? TaskResult.stopped : .detached
            if result == .stopped { works.end(identity, result) }
            finish(work.task, result)
        }
        daemon = nil
    }

    private func losePower() {
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

    // MARK: The programs

    private func endSomeWork() {
        guard let (identity, work) = random.one(of: works.alive) else { return }
        works.end(identity, result(of: work))
    }

    private func finishSomeWork() {
        guard let (identity, work) = random.one(of: works.all) else { return turn() }
        works.end(identity, result(of: work))
        finish(work.task, works.works[identity]?.result ?? .stopped)
    }

    /// Takes a result to the daemon, if the daemon waits for it.
    func finish(_ task: ClaimedTask, _ result: TaskResult) {
        guard let running = daemon?.dispatcher.running[task.record.key],
            InterleavingWorks.identity(running) == InterleavingWorks.identity(task.record)
        else { return }
        if case .completed = result { doneItems.formUnion(items(of: task)) }
        guard let ending = attempt("\(task.record.key) ends: \(result.word)", { try $0.finish(task, result) }) else {
            return
        }
        guard let ending else { return }
        works.forget(task.record)
        check(task, ending)
    }

    func result(of work: InterleavingWorks.Work, wellPercent: Int = 45) -> TaskResult {
        summaries += 1
        let record = work.task.record
        if document(work.task).problems > 0 { return .blocked("the header is wrong (\(summaries))") }
        if work.isStopping, random.isTrue(percent: 80) { return .stopped }
        if random.isTrue(percent: wellPercent) { return success(record) }
        let now = ground.clock.now()
        switch random.number(0...5) {
        case 0...1: return .failed("no luck (\(summaries))", signature: random.isTrue(percent: 50) ? "one" : "two")
        case 2: return .blocked("a gate (\(summaries))")
        case 3: return .held(Hold(.quota, until: now + Double(random.number(1...7200)), reason: "quota (\(summaries))"))
        case 4: return .held(Hold(.review, request: "r1.md", reason: "waits for r1.md (\(summaries))"))
        default: return .stopped
        }
    }

    private func success(_ record: TaskRecord) -> TaskResult {
        var files: [NewFile] = []
        if let reviewer = Workspace.reviewer(ofLane: record.queue) {
            let verdict = random.isTrue(percent: 70) ? "Approved" : "Not approved"
            let text = "# Review \(summaries)\n\n**Verdict**: \(verdict)\n"
            files.append(NewFile(.response, owner: reviewer, name: record.name, contents: Array(text.utf8)))
            let fix = "20261121_P0_fix_\(random.number(0...1)).md"
            files.append(NewFile(.task, owner: "agents", name: fix, contents: Array("# Fix\n".utf8)))
        }
        return .completed(summary: "done (\(summaries))", notes: "- Result: \(summaries)", files: files)
    }

    func document(_ task: ClaimedTask) -> (document: TaskDocument, problems: Int) {
        let (document, problems) = TaskDocument.diagnose(task.bytes, name: task.record.name, file: task.record.name)
        return (document, problems.count)
    }
}

extension TaskResult {
    var word: String {
        switch self {
        case .completed(let summary, _, _): summary
        case .failed(let reason, let signature): "\(reason), \(signature)"
        case .blocked(let reason): reason
        case .held(let hold): hold.reason
        case .stopped: "stopped"
        case .detached: "detached"
        }
    }
}
