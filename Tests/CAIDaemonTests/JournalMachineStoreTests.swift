// Owns the tests of remembering which rented pod is ours.

import CAIGPU
import CAIJournal
import CAISystem
import FoundationEssentials
import TestSupport
import Testing

@testable import CAIDaemon

struct JournalMachineStoreTests {
    private let folder: TemporaryFolder
    private let journal: Journal
    private let clock = FixedClock()

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    private var store: JournalMachineStore { JournalMachineStore(provider: "runpod", journal: journal, clock: clock) }

    @Test func anIntentBecomesAPodAndThePodGoes() throws {
        #expect(try store.memory() == MachineMemory())
        let intent = MachineMemory.Intent(name: "caid-1", at: clock.now(), replaces: nil)
        try store.creating(intent)
        #expect(try store.memory() == MachineMemory(intent: intent))
        try store.created(.init(id: "p1", name: "caid-1", replaces: nil))
        #expect(try store.memory() == MachineMemory(pod: .init(id: "p1", name: "caid-1", replaces: nil)))
        try store.gone("p1")
        #expect(try store.memory() == MachineMemory())
    }

    @Test func anIntentThatCameToNothingIsForgotten() throws {
        try store.creating(.init(name: "caid-1", at: clock.now(), replaces: nil))
        try store.notCreated("caid-1")
        #expect(try store.memory() == MachineMemory())
    }

    @Test func theOneMadeLastIsInUseAndKnowsWhatItReplaced() throws {
        for number in 1...2 {
            let replaced = number == 2 ? "mine" : nil
            try store.creating(.init(name: "caid-\(number)", at: clock.now(), replaces: replaced))
            clock.advance(10)
            try store.created(.init(id: "p\(number)", name: "caid-\(number)", replaces: replaced))
        }
        #expect(try store.memory().pod == .init(id: "p2", name: "caid-2", replaces: "mine"))
        try store.gone("p2")
        #expect(try store.memory().pod?.id == "p1")
    }

    @Test func aMachineThatWeOnlyUseIsNotOurs() throws {
        let pods = JournalPodStore(provider: "runpod", journal: journal, clock: clock)
        try pods.metered(Machine(id: "mine", status: .running, usdPerHour: 1), at: 10, accounts: [], since: nil)
        try pods.metered(Machine(id: "mine", status: .running, usdPerHour: 1), at: 3610, accounts: [], since: nil)
        #expect(try store.memory() == MachineMemory())
        #expect(abs(try pods.spent().total - 1) < 1e-9)
    }
}
