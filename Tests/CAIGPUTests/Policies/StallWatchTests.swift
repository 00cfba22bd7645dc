// Owns the tests of telling a job that works from one that only lives, in virtual time.

import Testing

@testable import CAIGPU

struct StallWatchTests {
    private let settings = StallSettings(stallAfter: 900, setupQuiet: 1800, setupLimit: 7200)

    private func watch() -> StallWatch { StallWatch(settings, startedAt: 0) }

    /// Steps at that pace, one observation every ten seconds.
    private func work(
        _ watch: inout StallWatch, from: Double, to: Double, done: Double, perSecond: Double, unit: String = "steps"
    ) -> Double {
        for t in stride(from: from, through: to, by: 10) {
            watch.observe(ProgressObservation(t: t, done: done + (t - from) * perSecond, unit: unit, loss: 1))
        }
        return done + (to - from) * perSecond
    }

    @Test(arguments: ["steps", "records", "tokens"])
    func noUsefulProgressForSoLongIsAStall(unit: String) {
        var watch = watch()
        let done = work(&watch, from: 100, to: 1000, done: 0, perSecond: 1, unit: unit)
        for t in stride(from: 1010.0, through: 1890, by: 10) {
            watch.observe(ProgressObservation(t: t, done: done, unit: unit, loss: 1))
            #expect(watch.stall(asOf: t) == nil, "events that bring nothing are neither a stall yet nor progress")
        }
        #expect(watch.stall(asOf: 1899) == nil)
        #expect(watch.stall(asOf: 1900) == .noProgress(since: 1000, seconds: 900))
        _ = work(&watch, from: 1895, to: 2000, done: done, perSecond: 1, unit: unit)
        #expect(watch.stall(asOf: 2000) == nil, "it works again")
    }

    @Test func whileNobodyCanReadTheEventsTimeStandsStill() {
        var watch = watch()
        _ = work(&watch, from: 0, to: 1000, done: 0, perSecond: 1)
        // The line was down for hours: the events are known up to 1000 only.
        #expect(watch.stall(asOf: 1000) == nil)
        // Back again, what was missed is read with its own times.
        _ = work(&watch, from: 1010, to: 9000, done: 1000, perSecond: 1)
        #expect(watch.stall(asOf: 9001) == nil)
    }

    @Test func aLossThatIsNoNumberIsOneAtOnce() {
        for loss in [Double.nan, .infinity, -.infinity] {
            var watch = watch()
            watch.observe(ProgressObservation(t: 1, done: 1, unit: "steps", loss: loss))
            #expect(watch.stall(asOf: 1) == .notANumber)
        }
    }

    @Test func gettingReadyHasLimitsOfItsOwn() {
        var watch = watch()
        #expect(watch.stall(asOf: 1799) == nil, "a big model loads silently")
        #expect(watch.stall(asOf: 1800) == .setup(seconds: 1800))
        // Work has begun: its own limit counts.
        watch.observe(ProgressObservation(t: 1801, done: 0, unit: "records"))
        #expect(watch.stall(asOf: 1802) == nil)
        #expect(watch.stall(asOf: 2701) == .noProgress(since: 1801, seconds: 900))
    }

    @Test(arguments: ["model", "bytes"])
    func aDownloadThatGetsOnTakesAsLongAsItTakes(unit: String) {
        var watch = watch()
        for t in stride(from: 0.0, through: 50_000, by: 10) {
            watch.observe(ProgressObservation(t: t, done: t * 1e6, unit: unit))
            #expect(watch.stall(asOf: t) == nil)
        }
        // It hangs: for that it has its own limit.
        #expect(watch.stall(asOf: 51_790) == nil)
        #expect(watch.stall(asOf: 51_810).map { if case .setup = $0 { true } else { false } } == true)
    }

    /// The same again and again, each time from its beginning, is no getting on.
    @Test func gettingReadyWithoutEndIsAStall() {
        var watch = watch()
        for t in stride(from: 0.0, through: 7190, by: 10) {
            let unit = t.truncatingRemainder(dividingBy: 20) == 0 ? "model" : "bytes"
            watch.observe(ProgressObservation(t: t, done: t.truncatingRemainder(dividingBy: 100), unit: unit))
            #expect(watch.stall(asOf: t) == nil)
        }
        #expect(watch.stall(asOf: 7210) == .setup(seconds: 7210))
    }

    @Test func aProgramThatSpeaksIsAtWork() {
        var watch = watch()
        watch.observe(ProgressObservation(t: 0, done: 0, unit: "model"))
        for t in stride(from: 10.0, through: 20_000, by: 600) {
            watch.hears(at: t)
            #expect(watch.stall(asOf: t + 599) == nil)
        }
        #expect(watch.stall(asOf: 20_000) == nil)
        #expect(watch.stall(asOf: 21_000) == .noProgress(since: 19_810, seconds: 1190))
    }

    @Test func loadingAgainInBetweenIsGettingReady() {
        var watch = watch()
        _ = work(&watch, from: 0, to: 500, done: 0, perSecond: 1)
        watch.observe(ProgressObservation(t: 510, done: 0, unit: "model"))
        #expect(watch.stall(asOf: 1600) == nil)
        #expect(watch.stall(asOf: 2310) == .setup(seconds: 1800))
    }

    @Test func farBelowItsOwnSpeedForSoLongIsAStall() {
        var watch = watch()
        let done = work(&watch, from: 0, to: 3600, done: 0, perSecond: 1)
        _ = work(&watch, from: 3610, to: 4480, done: done, perSecond: 0.2)
        #expect(watch.stall(asOf: 4480) == nil)
        _ = work(&watch, from: 4490, to: 4700, done: done + 174, perSecond: 0.2)
        guard case .slow(let rate, let median, "steps", let seconds)? = watch.stall(asOf: 4700) else {
            Issue.record("\(String(describing: watch.stall(asOf: 4700)))")
            return
        }
        #expect(abs(rate - 0.2) < 0.01 && abs(median - 1) < 0.01 && seconds >= 900)
        #expect(watch.stall(asOf: 4700)?.words.contains("12.0 steps a minute, usually 60.0") == true)
    }

    @Test func aThirdOfItsSpeedIsNoStallNorIsAShortDip() {
        var watch = watch()
        var done = work(&watch, from: 0, to: 3600, done: 0, perSecond: 1)
        done = work(&watch, from: 3610, to: 4400, done: done, perSecond: 0.1)
        #expect(watch.stall(asOf: 4400) == nil)
        done = work(&watch, from: 4410, to: 4600, done: done, perSecond: 0.9)
        done = work(&watch, from: 4610, to: 5400, done: done, perSecond: 0.1)
        #expect(watch.stall(asOf: 5400) == nil, "it had caught up in between")
        done = work(&watch, from: 5410, to: 5600, done: done, perSecond: 1)
        _ = work(&watch, from: 5610, to: 12_000, done: done, perSecond: 0.34)
        #expect(watch.stall(asOf: 12_000) == nil)
    }

    @Test func aJobThatWasAlwaysSlowIsAsItIs() {
        var watch = watch()
        for hour in 0..<48 {
            watch.observe(ProgressObservation(t: Double(hour) * 800, done: Double(hour), unit: "steps"))
            #expect(watch.stall(asOf: Double(hour) * 800 + 799) == nil)
        }
    }

    @Test func aVeryLongJobIsStillMeasuredByItsWholeLife() {
        var watch = watch()
        let done = work(&watch, from: 0, to: 400_000, done: 0, perSecond: 1)
        _ = work(&watch, from: 400_010, to: 401_200, done: done, perSecond: 0.1)
        #expect(watch.stall(asOf: 401_200).map { if case .slow = $0 { true } else { false } } == true)
    }

    @Test func theFirstStallIsRestartedTheSecondIsBlocked() {
        let quiet = Stall.noProgress(since: 0, seconds: 900)
        #expect(StallLadder.action(after: quiet, earlier: 0) == .restart(checkpointFirst: true))
        // What it would save now is of no use to anybody.
        #expect(StallLadder.action(after: .notANumber, earlier: 0) == .restart(checkpointFirst: false))
        guard case .block(let words) = StallLadder.action(after: quiet, earlier: 1) else {
            Issue.record("blocked")
            return
        }
        #expect(words.contains("no useful progress for 15 min") && words.contains("caid retry"))
    }
}
