// Owns the tests of the cap and of progress, in virtual time.

import Synchronization
import Testing

@testable import CAIGPU

struct PaceTests {
    /// Whatever the sizes and the order, no more passes than the cap allows.
    @Test(arguments: [1_000.0, 25e6]) func theCapHoldsOverTime(rate: Double) {
        var bucket = TokenBucket(rate: rate)
        var (now, passed) = (100.0, 0)
        var random = UInt64(7)
        while now < 160 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let bytes = Int(random >> 33) % Int(rate / 3) + 1
            now += bucket.take(bytes, at: now)
            passed += bytes
            // Sometimes there is nothing to send for a while; that is not saved up.
            if random >> 60 == 0 { now += 1 }
        }
        #expect(Double(passed) <= rate * (now - 100) + rate * 0.2)
        #expect(Double(passed) >= rate * (now - 100) * 0.5)
    }

    @Test func withoutACapNothingWaits() {
        var bucket = TokenBucket(rate: 0)
        #expect(bucket.take(1 << 40, at: 1) == 0)
    }

    @Test func rateAndTimeLeftFollowTheLastSeconds() {
        var estimate = RateEstimate()
        #expect(estimate.look(done: 0, total: 1000, at: 10) == TransferProgress(done: 0, total: 1000))
        let steady = estimate.look(done: 100, total: 1000, at: 11)
        #expect(steady.rate == 100 && steady.eta == 9)
        for second in 12...30 {
            _ = estimate.look(done: 100 + Int64(second - 11) * 10, total: 1000, at: Double(second))
        }
        let slower = estimate.look(done: 300, total: 1000, at: 31)
        #expect(slower.rate == 10 && slower.eta == 70)
    }

    @Test func progressIsToldAFewTimesASecondAndAtTheEnd() {
        let told = Mutex<[TransferProgress]>([])
        let meter = ProgressMeter(total: 100_000) { progress in told.withLock { $0.append(progress) } }
        for _ in 0..<100_000 { meter.add(done: 1, moved: 1) }
        let all = told.withLock { $0 }
        #expect(all.count < 100 && all.last?.done == 100_000)
        #expect(meter.moved == 100_000)
    }
}
