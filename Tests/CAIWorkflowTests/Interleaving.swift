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
    /// How many results there were; each has its number.
    var summaries = 0
    var last: Turn?
    /// Whether nothing more goes wrong.
    var isCalm = false

    private static let concurrency: @Sendable (String) -> Int = { $0 == "agents" ? 2 : 1 }
    let rules = BoardRules(
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

    func passTime() { pass(random.one(of: [0.1, 0.5, 2.1, 2.1, 5, 11, 11, 40, 600, 3600]) ?? 1) }

    /// Whatever people have written half a minute ago is on the disk.
    func pass(_ seconds: Double) {
        ground.tell("\(seconds) s pass")
        ground.clock.advance(seconds)
        elapsed += seconds
        if seconds >= 30 { ground.files.syncAll() }
    }

    func jumpClock() {
        let hours = Double(random.number(-5...5))
        ground.tell("the clock jumps by \(hours) h")
        ground.clock.set(by: hours * 3600)
        ground.clock.advance(0.25)
    }
}
