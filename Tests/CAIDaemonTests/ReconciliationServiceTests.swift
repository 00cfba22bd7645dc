// Owns the tests of making the ledger agree with a provider's bill, over a real journal and a bill that is made up.

import CAIJournal
import CAISystem
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

struct ReconciliationServiceTests {
    /// A provider that meters exactly, hour by hour, and hands out its bill as it likes.
    private final class Provider: Sendable {
        struct State {
            var rows: [String: [Double: Double]] = [:]
            var hidden: Set<Double> = []
            var trouble: GPUError?
            var asked: [Date] = []
        }
        let state = Mutex(State())

        /// What an hour of a pod costs there.
        func charge(_ pod: String, hour: Double, _ usd: Double) {
            state.withLock { $0.rows[pod, default: [:]][hour, default: 0] += usd }
        }

        func bill(since: Date) throws -> [RunPodCharge] {
            let (rows, hidden, trouble) = state.withLock {
                $0.asked.append(since)
                return ($0.rows, $0.hidden, $0.trouble)
            }
            if let trouble { throw trouble }
            return rows.flatMap { pod, hours in
                hours.filter { !hidden.contains($0.key) && $0.key >= since.timeIntervalSince1970 }.map { hour, usd in
                    RunPodCharge(
                        pod: pod, from: Date(timeIntervalSince1970: hour),
                        to: Date(timeIntervalSince1970: hour + 3600), usd: usd, diskUSD: 0)
                }
            }.sorted { $0.from < $1.from }
        }

        /// All of it, shown or not.
        var total: Double { state.withLock { $0.rows.values.reduce(0) { $0 + $1.values.reduce(0, +) } } }
    }

    private let folder: TemporaryFolder
    private let journal: Journal
    private let clock: FixedClock
    private let provider = Provider()
    private let service: ReconciliationService
    /// A whole hour.
    private let start = 1_795_222_800.0

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(writing: folder["journal.sqlite"])
        clock = FixedClock(start)
        service = ReconciliationService(provider: "runpod", journal: journal, clock: clock) { [provider] in
            try provider.bill(since: $0)
        }
        try journal.machineIntent(name: "caid-x-1", provider: "runpod", at: start)
        try journal.machineMade(name: "caid-x-1", id: "abc", at: start)
    }

    /// Meters hours of a pod, from `start` on, at what the meter takes an hour to cost; the provider bills another sum.
    private func live(
        _ hours: Range<Int>, pod: String = "abc", meter: Double, bill: Double?, what: String = "compute"
    ) throws {
        for hour in hours {
            let from = start + Double(hour) * 3600
            let row = MeterRow(
                bucket: from, to: from + 3600, task: "t", step: "s", what: what, seconds: 3600, usd: meter)
            let mark = MeterMark(
                pod: pod, provider: "runpod", state: what == "compute" ? "running" : "stopped", from: from,
                until: from + 3600, usdPerHour: meter, storageUSDPerHour: 0)
            #expect(try journal.addMeter([row], mark))
            if let bill { provider.charge(pod, hour: from, bill) }
        }
    }

    private var ledger: Double { get throws { try journal.ledgerSums().reduce(0) { $0 + $1.usd } } }
    private func expectAgreement(_ place: SourceLocation = #_sourceLocation) throws {
        #expect(abs(try ledger - provider.total) < 0.01, sourceLocation: place)
    }

    @Test func everyHourThatDiffersIsCorrectedOnceAndSaid() async throws {
        try live(0..<120, meter: 2.72, bill: 2.71991)
        clock.advance(122 * 3600)
        #expect(try await service.reconcile().count == 120, "so small that none of them is a cent")
        try expectAgreement()
        #expect(try await service.reconcile() == [])
        #expect(try journal.corrections(limit: 1000).count == 120)
        let event = try #require(try journal.events(of: "pod").last)
        #expect(
            event.message.hasPrefix("the provider's bill: 120 hours corrected by -$0.01 in all; most in that from "))
        #expect(try journal.events(of: "pod").count == 1, "nothing was corrected the second time")
    }

    @Test func onlyHoursThatAreClosedAndMetered() async throws {
        try live(0..<3, meter: 2, bill: 3)
        provider.charge("abc", hour: start + 3 * 3600, 3)
        clock.advance(3 * 3600 + 1800)
        #expect(try await service.reconcile().map(\.from) == [start, start + 3600], "the third has just ended")
        clock.advance(86_400)
        #expect(try await service.reconcile().map(\.from) == [start + 7200], "the fourth was never metered to its end")
        #expect(try ledger == 9)
    }

    @Test func lateRowsAreEnteredWhenTheyComeAndChangedOnesByTheirDifference() async throws {
        try live(0..<4, meter: 2, bill: 2.5)
        provider.state.withLock { $0.hidden = [start + 3600] }
        clock.advance(6 * 3600)
        #expect(try await service.reconcile().count == 3)
        #expect(try ledger == 9.5, "what is not on the bill yet stays as metered")
        provider.state.withLock { $0.hidden = [] }
        clock.advance(3600)
        #expect(try await service.reconcile().map(\.usd) == [0.5])
        try expectAgreement()
        provider.charge("abc", hour: start, -0.25)
        clock.advance(3600)
        #expect(try await service.reconcile().map(\.usd) == [-0.25])
        try expectAgreement()
        #expect(try journal.corrections(limit: 10).count == 4, "one row an hour, with its sum")
    }

    @Test func anHourThatIsNeverBilledCostNothing() async throws {
        try live(0..<1, meter: 2, bill: 2)
        try live(1..<2, meter: 2, bill: nil)
        try live(2..<3, meter: 2, bill: 2)
        clock.advance(10 * 3600)
        #expect(try await service.reconcile() == [], "it may come late")
        clock.advance(20 * 3600)
        let found = try await service.reconcile()
        #expect(found.map(\.from) == [start + 3600] && found.map(\.usd) == [-2])
        try expectAgreement()
        #expect(try await service.reconcile() == [])
    }

    @Test func aBillThatHasNotComeThatFarSaysNothing() async throws {
        try live(0..<5, meter: 2, bill: nil)
        clock.advance(10 * 86_400)
        #expect(try await service.reconcile() == [], "an empty bill")
        #expect(try ledger == 10)
    }

    @Test func theDiskOfAStoppedPodIsPartOfIt() async throws {
        try live(0..<2, meter: 2.69, bill: 2.69)
        try live(2..<50, meter: 0.0548, bill: 0.055, what: "storage")
        clock.advance(60 * 3600)
        #expect(try await service.reconcile().count == 48)
        try expectAgreement()
        let sum = try #require(try journal.podSums().first)
        #expect(abs(sum.correctionUSD - 48 * 0.0002) < 1e-9 && abs(sum.storageUSD - 48 * 0.0548) < 1e-9)
    }

    @Test func podsOfOthersAndTheHourBeforeOneBecameOursAreLeftAlone() async throws {
        provider.charge("stranger", hour: start, 7)
        // Somebody else's pod that we use since half past.
        let row = MeterRow(
            bucket: start, to: start + 3600, task: "t", step: "s", what: "compute", seconds: 1800, usd: 1)
        try journal.addMeter(
            [row],
            MeterMark(
                pod: "theirs", provider: "runpod", state: "running", from: start + 1800, until: start + 3600,
                usdPerHour: 2, storageUSDPerHour: 0))
        provider.charge("theirs", hour: start, 2)
        try live(1..<2, pod: "theirs", meter: 2, bill: 2.5)
        clock.advance(40 * 3600)
        #expect(try await service.reconcile().map(\.usd) == [0.5])
        #expect(try ledger == 3.5)
    }

    @Test func aPodThatIsGoneIsComparedToItsEnd() async throws {
        try live(0..<1, meter: 2, bill: 2.1)
        provider.charge("abc", hour: start + 3600, 0.4)
        try journal.machineGone(id: "abc", at: start + 4000)
        clock.advance(10 * 3600)
        #expect(try await service.reconcile().count == 2, "its last, unmetered minutes too")
        try expectAgreement()
    }

    @Test func afterTheFirstTimeOnlyTheLastDaysAreAskedFor() async throws {
        try live(0..<240, meter: 2, bill: 2)
        clock.advance(241.5 * 3600)
        try await service.reconcile()
        clock.advance(3600)
        try await service.reconcile()
        let asked = provider.state.withLock { $0.asked.map { ($0.timeIntervalSince1970 - start) / 3600 } }
        #expect(asked == [0, 240 - 72])
    }

    @Test func whereNothingWasMeteredNobodyIsAsked() async throws {
        #expect(try await service.reconcile() == [])
        #expect(provider.state.withLock { $0.asked.isEmpty })
    }

    @Test func troubleIsSaidOnceAndTheNextHourMakesUpForIt() async throws {
        try live(0..<2, meter: 2, bill: 3)
        clock.advance(10 * 3600)
        provider.state.withLock { $0.trouble = GPUError(.auth, "it does not accept the API key") }
        for _ in 0..<3 { await service.turn() }
        let said = try journal.events(of: "pod").map(\.message)
        #expect(
            said == [
                "the ledger cannot be compared with the provider's bill, and stays as metered: "
                    + "it does not accept the API key"
            ])
        #expect(try ledger == 4)
        provider.state.withLock { $0.trouble = nil }
        await service.turn()
        try expectAgreement()
        #expect(try journal.events(of: "pod").count == 2)
    }
}
