// Owns the programs that work on tasks in an interleaving: each lives on its own, survives the daemon that started it, and
// is found again by run and claim, as supervised programs are.
// Never touches a file.

import CAIWorkflow
import FoundationEssentials

/// Every program that was ever started, and the doubles among them.
struct InterleavingWorks {
    struct Identity: Hashable {
        var key: String
        var run: String
        var claims: Int
    }
    struct Work {
        var task: ClaimedTask
        /// Whether it has been told to stop.
        var isStopping = false
        /// How it ended, once it has.
        var result: TaskResult?
    }
    private(set) var works: [Identity: Work] = [:]
    private var started: Set<Identity> = []
    let concurrency: @Sendable (String) -> Int

    init(concurrency: @escaping @Sendable (String) -> Int) { self.concurrency = concurrency }

    static func identity(_ record: TaskRecord) -> Identity {
        Identity(key: record.key, run: record.run, claims: record.claims)
    }

    /// Those that are at work or have a result that nobody has taken, in a fixed order.
    var all: [(identity: Identity, work: Work)] {
        works.map { ($0.key, $0.value) }.sorted {
            $0.0.key < $1.0.key || $0.0.key == $1.0.key && $0.0.claims < $1.0.claims
        }
    }
    var alive: [(identity: Identity, work: Work)] { all.filter { $0.work.result == nil } }

    /// A daemon starts the work on a task, or finds it at work.
    /// - Returns: what is wrong with that.
    mutating func start(_ task: ClaimedTask) -> [String] {
        let identity = Self.identity(task.record)
        if task.isResumed, works[identity] != nil {
            works[identity]?.task = task
            return []
        }
        var faults: [String] = []
        let isAgain = !started.insert(identity).inserted
        if isAgain, !task.isResumed || works[identity] != nil { faults.append("\(identity) is started a second time") }
        for (other, _) in alive where other.key == identity.key {
            faults.append("\(identity) is started while \(other) may be at work")
        }
        works[identity] = Work(task: task)
        for (lane, count) in Dictionary(grouping: alive, by: \.work.task.record.queue).mapValues(\.count)
        where count > concurrency(lane) {
            faults.append("\(count) works at once in \(lane)")
        }
        return faults
    }

    mutating func stop(_ record: TaskRecord) { works[Self.identity(record)]?.isStopping = true }

    mutating func end(_ identity: Identity, _ result: TaskResult) {
        if works[identity]?.result == nil { works[identity]?.result = result }
    }

    mutating func forget(_ record: TaskRecord) { works[Self.identity(record)] = nil }

    /// A daemon that starts ends what nobody waits for.
    mutating func sweep(keeping records: [TaskRecord]) {
        let kept = Set(records.map(Self.identity))
        works = works.filter { kept.contains($0.key) }
    }

    /// A power loss: nothing is at work any more, and no result was saved.
    mutating func die() { works.removeAll() }
}
