// Owns the tests of the meter: what a pod cost from look to look, over restarts and hours in which nobody looked; compared with what
// it really cost.

import Testing

@testable import CAIGPU

struct MeterTests {
    private func machine(
        _ status: MachineStatus, usd: Double = 0, disk: Double = 0.02, uptime: Double? = nil, id: String = "p"
    ) -> Machine {
        Machine(id: id, status: status, usdPerHour: usd, storageUSDPerHour: disk, uptime: uptime)
    }
    private let running = MeterRecord(pod: "p", until: 1000, usdPerHour: 3.6, storageUSDPerHour: 0.036)
    private let stopped = MeterRecord(pod: "p", until: 1000, usdPerHour: 0, storageUSDPerHour: 0.072)

    private func near(_ value: Double?, _ expected: Double) -> Bool { value.map { abs($0 - expected) < 1e-9 } ?? false }

    @Test func fromLookToLookAtTheLastPrices() throws {
        let (record, slice) = Meter.look(machine(.running, usd: 7.2, disk: 0.1, uptime: 500), at: 1010, after: running)
        let cost = try #require(slice)
        #expect(cost.from == 1000 && cost.to == 1010 && cost.computeFrom == 1000 && !cost.isEstimate)
        #expect(near(cost.computeUSD, 0.01) && near(cost.storageUSD, 0.0001))
        #expect(record == MeterRecord(pod: "p", until: 1010, usdPerHour: 7.2, storageUSDPerHour: 0.1))
    }

    @Test func theFirstLookAtAMachineOfOursCountsFromWhenItWasAskedFor() {
        let new = machine(.running, usd: 3.6, disk: 0.36)
        let (_, slice) = Meter.look(new, at: 1010, after: nil, since: 1000)
        #expect(near(slice?.computeUSD, 0.01) && near(slice?.storageUSD, 0.001))
        // Asked for long ago, before a crash: it cannot have cost anything before it ran.
        let late = Meter.look(machine(.running, usd: 3.6, uptime: 100), at: 5000, after: nil, since: 1000).slice
        #expect(near(late?.computeUSD, 0.1) && late?.computeFrom == 4900)
        // Somebody else's: what it cost before is not ours.
        let other = Meter.look(new, at: 1010, after: nil)
        #expect(other.slice == nil && other.record?.until == 1010 && other.record?.usdPerHour == 3.6)
        let none = Meter.look(machine(.missing, id: ""), at: 10, after: nil, since: 5)
        #expect(none.record == nil && none.slice == nil)
    }

    @Test func hoursInWhichNobodyLooked() {
        // It ran all the while.
        let ran = Meter.look(machine(.running, usd: 3.6, uptime: 9999), at: 8200, after: running).slice
        #expect(near(ran?.computeUSD, 7.2) && ran?.isEstimate == false)
        // It was started again in between: from then on.
        let restarted = Meter.look(machine(.running, usd: 3.6, uptime: 3600), at: 8200, after: running).slice
        #expect(near(restarted?.computeUSD, 3.6) && restarted?.isEstimate == true)
        // It stopped at some time: the dearer guess, until the bill comes.
        let ended = Meter.look(machine(.stopped), at: 8200, after: running)
        #expect(near(ended.slice?.computeUSD, 7.2) && ended.slice?.isEstimate == true && ended.record?.usdPerHour == 0)
        // It was started at some time.
        let started = Meter.look(machine(.running, usd: 3.6, uptime: 100), at: 8200, after: stopped).slice
        #expect(near(started?.computeUSD, 0.1) && near(started?.storageUSD, 0.144) && started?.isEstimate == true)
        let when = Meter.look(machine(.running, usd: 3.6), at: 8200, after: stopped).slice
        #expect(near(when?.computeUSD, 7.2), "nobody can tell: the dearer guess")
        // It stood still all the while.
        let still = Meter.look(machine(.stopped, disk: 0.072), at: 8200, after: stopped).slice
        #expect(near(still?.computeUSD, 0) && near(still?.storageUSD, 0.144) && still?.isEstimate == false)
    }

    @Test func anUptimeIsNotBelievedOverAShortGap() {
        // The container has been started just now; the machine was paid for before.
        let slice = Meter.look(machine(.running, usd: 3.6, uptime: 0), at: 1030, after: running).slice
        #expect(near(slice?.computeUSD, 0.03))
    }

    @Test func statesAndPricesThatSayNothingLeaveTheLastOnesStanding() {
        for odd in [machine(.unknown("X"), disk: 0), machine(.running, usd: 0), machine(.preparing, usd: .nan)] {
            let (record, slice) = Meter.look(odd, at: 1010, after: running)
            #expect(near(slice?.computeUSD, 0.01) && record?.usdPerHour == 3.6, "\(odd)")
        }
        let gone = Meter.look(machine(.missing, disk: 0), at: 1010, after: stopped).record
        #expect(gone?.storageUSDPerHour == 0 && gone?.usdPerHour == 0)
    }

    @Test func aClockThatIsSetBackCountsNothingTwice() {
        let (record, slice) = Meter.look(machine(.running, usd: 3.6), at: 400, after: running)
        #expect(slice == nil && record?.until == 1000)
        #expect(Meter.look(machine(.running, usd: 3.6), at: 1000, after: record).slice == nil)
        #expect(near(Meter.look(machine(.running, usd: 3.6), at: 1010, after: record).slice?.computeUSD, 0.01))
    }

    @Test func rowsAreCutAtBucketsAndSharedEqually() {
        let slice = MeterSlice(
            pod: "p", from: 3000, to: 8000, computeFrom: 3100, computeUSD: 4.9, storageUSD: 0.5, isEstimate: false)
        let (a, b) = (Account(task: "a", step: "train"), Account(task: "b", step: "generate"))
        let rows = slice.entries(for: [a, b])
        #expect(rows.filter { $0.what == .compute && $0.account == a }.map(\.bucket) == [0, 3600, 7200])
        #expect(rows.filter { $0.what == .compute && $0.account == a }.map(\.seconds) == [250, 1800, 400])
        for what in [MeterEntry.What.compute, .storage] {
            let sums = [a, b].map { account in
                rows.filter { $0.what == what && $0.account == account }.reduce(0) { $0 + $1.usd }
            }
            #expect(near(sums[0], what == .compute ? 2.45 : 0.25) && near(sums[1], sums[0]))
        }
    }

    @Test func nobodysTimeIsIdlingOrStandingStill() {
        let idle = MeterSlice(
            pod: "p", from: 0, to: 10, computeFrom: 0, computeUSD: 1, storageUSD: 1, isEstimate: false)
        #expect(idle.entries(for: []).map(\.account) == [.idle, .idle])
        let still = MeterSlice(
            pod: "p", from: 0, to: 10, computeFrom: 10, computeUSD: 0, storageUSD: 1, isEstimate: false)
        #expect(still.entries(for: []).map(\.account) == [.stopped])
        #expect(still.entries(for: []).map(\.what) == [.storage])
    }

    /// A pod that is started and stopped, looked at every few seconds, with a daemon that dies now and then while the pod stays as
    /// it is: the sum of all rows is what it really cost, and what booting may have cost between two looks.
    @Test(arguments: 0..<40)
    func theSumIsWhatItReallyCost(seed: Int) {
        var random = PolicyRandom(seed)
        let (rate, disk) = (2.69, 0.0278)
        var (now, truth, metered) = (0.0, 0.0, 0.0)
        var (record, startedAt) = (MeterRecord?.none, Double?.some(0))
        var starts = 0
        for _ in 0..<3000 {
            if random.chance(0.01) {
                startedAt = startedAt == nil ? now : nil
                if startedAt != nil { starts += 1 }
            }
            let seen = machine(
                startedAt == nil ? .stopped : .running, usd: startedAt == nil ? 0 : rate, disk: disk,
                uptime: startedAt.map { now - $0 })
            let (next, slice) = Meter.look(seen, at: now, after: record)
            if let slice {
                #expect(slice.from == record?.until && slice.to == now && slice.computeUSD >= 0)
                let rows = slice.entries(for: random.chance(0.5) ? [] : [Account(task: "t", step: "s"), .setup])
                metered += rows.reduce(0) { $0 + $1.usd }
            }
            #expect(metered >= truth - 1e-6 && metered <= truth + Double(starts) * 60 / 3600 * rate + 1e-6)
            record = next
            let gap = random.chance(0.01) ? random.span(0...20_000) : random.span(1...15)
            truth += gap / 3600 * ((startedAt == nil ? 0 : rate) + disk)
            now += gap
        }
        #expect(starts > 3)
    }
}
