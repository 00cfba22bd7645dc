// Owns the proof that the meter is elapsed time times rate, and that the bill says the same.

import CAISystem
import TestSupport
import Testing

@testable import CAISimulator

@Suite(.serialized) struct MeterTests {
    @Test func aMeterIsTimeTimesRate() {
        var meter = Meter()
        meter.turn(to: Rates(compute: 2, storage: 0.5), at: 1000)
        meter.turn(to: Rates(compute: 2, storage: 0.5), at: 1500)
        meter.turn(to: Rates(compute: 0, storage: 1), at: 4600)
        meter.turn(to: nil, at: 8200)
        meter.turn(to: nil, at: 9000)
        #expect(meter.spans.count == 2)
        let all = meter.use(to: 10_000, scale: 1)
        #expect(all.seconds == 3600)
        #expect(abs(all.computeUSD - 2) < 1e-9)
        #expect(abs(all.storageUSD - 1.5) < 1e-9)
        let part = meter.use(from: 2800, to: 6400, scale: 10)
        #expect(part.seconds == 1800)
        #expect(abs(part.usd - 10 * (1 + 0.25 + 0.5)) < 1e-9)
    }

    @Test func aWindowIsWidenedToWholeBuckets() throws {
        let now = 1_795_224_600.0  // 2026-11-21T01:30:00Z, a Saturday
        func window(_ query: [String: String]) throws -> BillingWindow { try BillingWindow(query: query, now: now) }
        let hours = try window([
            "bucketSize": "hour", "startTime": "2026-11-21T00:30:00Z", "endTime": "2026-11-21T02:00:00Z",
        ])
        #expect(hours.buckets.map(\.start) == [now - 5400, now - 1800])
        #expect(try window(["lastN": "3"]).buckets.count == 3)
        #expect(try window(["lastN": "3"]).end == now + 81_000)
        #expect(try window([:]).buckets.count == 31)
        #expect(try window(["bucketSize": "week", "lastN": "1"]).start == now - 5400 - 5 * 86400)
        #expect(try window(["bucketSize": "month", "lastN": "2"]).start == now - 5400 - 51 * 86400)
        #expect(try window(["bucketSize": "year", "lastN": "1"]).start == now - 5400 - 324 * 86400)
        for wrong in [["bucketSize": "minute"], ["lastN": "0"], ["lastN": "2", "endTime": "2026-11-21T02:00:00Z"]] {
            #expect(throws: Problem.self) { try window(wrong) }
        }
    }

    @Test func theMeterTheBillAndTheBalanceAgree() async throws {
        // One second costs what an hour does.
        let fixture = try SimulatorFixture("--time-scale", "3600", "--balance", "100")
        let simulator = fixture.simulator
        let pod = try await simulator.makePod("a", Simulator.order("a", volume: 730))
        try await Task.sleep(for: .milliseconds(600))
        try await simulator.act("stop", on: pod)
        let stopped = try await simulator.meter(of: pod)
        #expect(abs(stopped.computeUSD - stopped.seconds * 1.74) < 1e-6)
        try await Task.sleep(for: .milliseconds(300))
        let later = try await simulator.meter(of: pod)
        #expect(later.seconds == stopped.seconds)
        #expect(later.computeUSD == stopped.computeUSD)
        #expect(later.usd > stopped.usd)
        try await simulator.send("DELETE", "/v2/pods/\(pod)")
        let final = try await simulator.meter(of: pod)
        // 730 GB cost 0.10 USD an hour while the pod runs and 0.20 while it does not.
        let storage = final.usd - final.computeUSD
        #expect(storage > final.seconds * 0.1)
        for size in ["hour", "day", "week", "month", "year"] {
            let bill = try await simulator.send("GET", "/v2/billing/pods?podId=\(pod)&bucketSize=\(size)").json
            let totals = bill["metadata"]?["totals"]
            #expect(abs((totals?["totalAmount"]?.doubleValue ?? 0) - final.usd) < 1e-6)
            #expect(abs((totals?["gpuAmount"]?.doubleValue ?? 0) - final.computeUSD) < 1e-6)
        }
        let balance = try await simulator.graph("{ myself { clientBalance } }").json["data"]?["myself"]?[
            "clientBalance"]
        #expect(abs((balance?.doubleValue ?? 0) - (100 - final.usd)) < 1e-6)
        #expect(try await simulator.send("GET", "/v2/billing/pods?podId=nobody").json["records"] == .array([]))
        #expect(try await simulator.send("GET", "/v2/billing/pods?bucketSize=minute").status == 422)
    }

    @Test func theSameSeedDrawsTheSameTrouble() throws {
        func draws(_ seed: UInt64) throws -> [Bool] {
            var box = TroubleBox(seed: seed)
            let json = try CanonicalJSON.decode(
                JSONValue.self, from: #"{"kind": "rate_limit", "probability": 0.3}"#.utf8)
            _ = box.add(try Trouble(json), at: 0)
            return (0..<200).map { _ in box.draw(.rateLimit, for: Occasion(.list), at: 1) != nil }
        }
        #expect(try draws(7) == draws(7))
        #expect(try draws(7) != draws(8))
        let hits = try draws(7).count { $0 }
        #expect((30...90).contains(hits))
    }
}
