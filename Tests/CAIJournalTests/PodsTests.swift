// Owns the tests of the rows about machines: an intent can be found again, and becomes one machine or nothing.

import GRDB
import TestSupport
import Testing

@testable import CAIJournal

struct PodsTests {
    private let folder: TemporaryFolder
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
    }

    @Test func anIntentStaysOpenUntilItIsKnownWhatBecameOfIt() throws {
        for (name, at) in [("caid-2", 20.0), ("caid-1", 10), ("caid-3", 30)] {
            try journal.machineIntent(name: name, provider: "runpod", at: at)
        }
        try journal.machineIntent(name: "caid-1", provider: "runpod", at: 99)
        #expect(try journal.openMachineIntents().map(\.name) == ["caid-1", "caid-2", "caid-3"])
        #expect(try journal.openMachineIntents().first?.askedAt == 10)
        try journal.machineMade(name: "caid-1", id: "abc", at: 15)
        try journal.machineForgotten(name: "caid-2", at: 25)
        try journal.machineForgotten(name: "caid-1", at: 25)
        #expect(try journal.openMachineIntents().map(\.name) == ["caid-3"])
        #expect(try journal.livingMachines().map(\.id) == ["abc"], "what was made is not forgotten")
        let row = try #require(try journal.machine(id: "abc"))
        #expect(row.isOurs && row.madeAt == 15 && row.goneAt == nil && row.meteredUntil == nil)
    }

    @Test func aMachineThatIsGoneStaysGone() throws {
        try journal.machineIntent(name: "n", provider: "runpod", at: 1)
        try journal.machineMade(name: "n", id: "abc", at: 2)
        try journal.machineGone(id: "abc", at: 5)
        try journal.machineGone(id: "abc", at: 9)
        try journal.machineGone(id: "nobody's", at: 9)
        #expect(try journal.livingMachines() == [] && journal.machine(id: "abc")?.goneAt == 5)
        try journal.machineMade(name: "n", id: "abc", at: 20)
        #expect(try journal.machine(id: "abc")?.madeAt == 2, "told twice, it changes nothing")
    }

    /// After a crash between the answer and its row, the meter may see the machine before its name is known.
    @Test func whatWasMeteredBeforeTheNameWasKnownStaysWithIt() throws {
        try journal.machineIntent(name: "caid-1", provider: "runpod", at: 100)
        try journal.addMeter(
            [MeterRow(bucket: 0, to: 110, task: "a", step: "s", what: "compute", seconds: 10, usd: 1)],
            MeterMark(
                pod: "abc", provider: "runpod", state: "running", from: 100, until: 110, usdPerHour: 2,
                storageUSDPerHour: 0.1))
        #expect(try journal.machine(id: "abc")?.isOurs == false)
        try journal.machineMade(name: "caid-1", id: "abc", at: 120)
        let row = try #require(try journal.machine(id: "abc"))
        #expect(row.name == "caid-1" && row.isOurs && row.askedAt == 100 && row.madeAt == 120)
        #expect(row.meteredFrom == 100 && row.meteredUntil == 110 && row.usdPerHour == 2 && row.state == "running")
        #expect(try journal.livingMachines().count == 1 && journal.openMachineIntents() == [])
    }

    @Test func theLastWordOnHowItStandsIsKept() throws {
        #expect(try journal.standing("pod") == nil)
        try journal.setStanding("pod", json: "{}", at: 1)
        try journal.setStanding("pod", json: "{\"state\":\"running\"}", at: 2)
        let standing = try #require(try journal.standing("pod"))
        #expect(standing.json == "{\"state\":\"running\"}" && standing.at == 2)
        #expect(try Journal(reading: folder["journal.sqlite"])?.standing("pod")?.at == 2, "beside the daemon")
    }

    @Test func aJournalOfTheSecondVersionKeepsItsLedger() throws {
        let path = folder["older.sqlite"]
        let pool = try DatabasePool(path: path.string)
        try Journal.migrator.migrate(pool, upTo: "2: claims counted, approvals, processes")
        try pool.write {
            try $0.execute(
                sql: """
                    INSERT INTO ledger (at, job, pod, task, step, seconds, usd, what)
                        VALUES (86500, 'j', 'local', 'a', 'train', 8, 2.5, 'train')
                    """)
        }
        let journal = try Journal(writing: path)
        #expect(try journal.ledgerSums() == [LedgerSum(task: "a", step: "train", seconds: 8, usd: 2.5)])
        #expect(try journal.daySums() == [DaySum(day: "1970-01-02", usd: 2.5)])
        #expect(try journal.meteredUSD(pod: "local", from: 0, to: 1e9) == 0, "a job's row is in no bucket")
    }
}
