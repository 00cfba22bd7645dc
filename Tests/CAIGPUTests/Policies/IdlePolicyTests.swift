// Owns the tests of the idle stop in virtual time: what keeps a pod, when it stops, and what work that does not come home may cost.

import Testing

@testable import CAIGPU

struct IdlePolicyTests {
    private let policy = IdlePolicy(IdleSettings(idleStop: 600, unpulledMaxUSD: 5))

    @Test(arguments: [
        (PodActivity(runningJobs: ["a/train"]), "running a/train"),
        (PodActivity(setups: ["making the environment"]), "being set up: making the environment"),
        (PodActivity(transfers: ["outputs of a"]), "transferring outputs of a"),
        (PodActivity(runnableTasks: ["b.md"]), "next: b.md"),
        (PodActivity(people: ["root"]), "logged in: root"),
        (PodActivity(gpuPercent: 5), "its GPU is at 5% though none of our jobs runs"),
    ])
    func eachOfTheseKeepsAPod(activity: PodActivity, words: String) {
        var state = IdleState()
        for now in stride(from: 0, through: 5000, by: 500) {
            let verdict = policy.verdict(activity, &state, now: Double(now))
            guard case .busy(let reasons) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(reasons.count == 1 && reasons[0].hasPrefix(words), "\(reasons)")
            #expect(!verdict.stops && verdict.idleSince == nil && state.idleSince == nil)
        }
    }

    @Test func severalReasonsAreEachSaid() {
        var state = IdleState()
        let verdict = policy.verdict(
            PodActivity(runningJobs: ["a", "b"], transfers: ["t"], unpulled: ["u"], people: ["p"], gpuPercent: 93.6),
            &state, now: 0)
        #expect(
            verdict.words
                == "busy: running a, b; logged in: p; its GPU is at 94%; transferring t; not here yet: u")
    }

    @Test(arguments: [nil, 0, 4.9, Double.nan] as [Double?])
    func aPodWithNothingToDoStopsWhenTheWindowIsOver(gpu: Double?) {
        var state = IdleState()
        let nothing = PodActivity(gpuPercent: gpu)
        #expect(policy.verdict(nothing, &state, now: 1000) == .idle(since: 1000, stopsAt: 1600))
        #expect(policy.verdict(nothing, &state, now: 1599.9) == .idle(since: 1000, stopsAt: 1600))
        let verdict = policy.verdict(nothing, &state, now: 1600)
        #expect(verdict == .stopNow("idle for 10 min, and everything is here") && verdict.stops)
    }

    @Test func anythingInBetweenBeginsTheWindowAnew() {
        var state = IdleState()
        _ = policy.verdict(PodActivity(), &state, now: 0)
        _ = policy.verdict(PodActivity(gpuPercent: 50), &state, now: 590)
        #expect(policy.verdict(PodActivity(), &state, now: 601) == .idle(since: 601, stopsAt: 1201))
        _ = policy.verdict(PodActivity(transfers: ["x"]), &state, now: 1200)
        #expect(policy.verdict(PodActivity(), &state, now: 1201).idleSince == 1201)
    }

    @Test func aClockThatRunsBackNeverMakesTheWindowLonger() {
        var state = IdleState()
        _ = policy.verdict(PodActivity(), &state, now: 5000)
        #expect(policy.verdict(PodActivity(), &state, now: 100).stopsAt == 700)
        #expect(policy.verdict(PodActivity(), &state, now: 700).stops)
    }

    @Test func whereOnlyPeopleCanGoOnItStopsAtOnce() {
        var state = IdleState()
        var activity = PodActivity(waitsOnlyForPeople: true)
        #expect(policy.verdict(activity, &state, now: 0).stops)
        // But never over anything that goes on, or is not here.
        for keeps in [
            PodActivity(runningJobs: ["j"]), PodActivity(setups: ["s"]), PodActivity(transfers: ["t"]),
            PodActivity(unpulled: ["u"]), PodActivity(runnableTasks: ["r"]), PodActivity(people: ["p"]),
            PodActivity(gpuPercent: 80),
        ] {
            activity = keeps
            activity.waitsOnlyForPeople = true
            state = IdleState()
            #expect(!policy.verdict(activity, &state, now: 0).stops, "\(keeps)")
        }
    }

    @Test func unpulledWorkIsKeptUpToTheCeilingAndThenNamed() {
        var state = IdleState()
        let stuck = PodActivity(unpulled: ["a/train", "a/checkpoint 7"], waitsOnlyForPeople: true, usdPerHour: 3)
        var now = 0.0
        // $5 at $3 an hour: 6,000 seconds.
        while now < 6000 {
            let verdict = policy.verdict(stuck, &state, now: now)
            guard case .keptForUnpulled(let names, let spent, 5) = verdict, !verdict.stops else {
                Issue.record("\(verdict) at \(now)")
                return
            }
            #expect(names == stuck.unpulled && abs(spent - now / 1200) < 1e-6)
            now += 30
        }
        let last = policy.verdict(stuck, &state, now: now)
        guard case .stopWithLoss(let names, let spent) = last, last.stops else {
            Issue.record("\(last)")
            return
        }
        #expect(names == stuck.unpulled && abs(spent - 5) < 1e-6)
        #expect(last.words.contains("a/train, a/checkpoint 7") && last.words.contains("$5.00"))
    }

    @Test func aTransferThatFailsAgainAndAgainDoesNotKeepItForEver() {
        var state = IdleState()
        var stoppedAt: Double?
        for look in 0..<2000 where stoppedAt == nil {
            let activity = PodActivity(
                transfers: look % 2 == 0 ? ["outputs"] : [], unpulled: ["outputs"], verifiedBytes: 1000, usdPerHour: 3)
            if policy.verdict(activity, &state, now: Double(look) * 30).stops { stoppedAt = Double(look) * 30 }
        }
        #expect(stoppedAt == 6000)
    }

    @Test func whileWorkComesHomeTheCeilingIsFarAway() {
        var state = IdleState()
        for look in 0..<5000 {
            // Something arrives every hour, for 40 hours: slow, and not hopeless.
            let activity = PodActivity(
                transfers: ["big"], unpulled: ["big"], verifiedBytes: Int64(look / 120), usdPerHour: 3)
            #expect(!policy.verdict(activity, &state, now: Double(look) * 30).stops)
        }
    }

    @Test func otherWorkBeginsTheCeilingAnew() {
        var state = IdleState()
        let stuck = PodActivity(unpulled: ["u"], usdPerHour: 3)
        for look in 0..<150 { _ = policy.verdict(stuck, &state, now: Double(look) * 30) }
        #expect(state.unpulledUSD > 3)
        var busy = stuck
        busy.runningJobs = ["j"]
        _ = policy.verdict(busy, &state, now: 4500)
        #expect(policy.verdict(stuck, &state, now: 9000) == .keptForUnpulled(names: ["u"], spentUSD: 0, ceilingUSD: 5))
    }

    @Test func timeInWhichNobodyLookedIsNoTry() {
        var state = IdleState()
        let stuck = PodActivity(unpulled: ["u"], usdPerHour: 3)
        _ = policy.verdict(stuck, &state, now: 0)
        // The daemon was dead for two days: it did not try to bring anything home.
        #expect(!policy.verdict(stuck, &state, now: 172_800).stops)
        #expect(state.unpulledUSD <= 0.1 + 1e-9)
        #expect(policy.verdict(PodActivity(), &state, now: 172_900) == .idle(since: 172_900, stopsAt: 173_500))
    }

    @Test func aPodThatNobodyStopsIsNeverAskedTo() {
        let policy = IdlePolicy(IdleSettings(idleStop: 600, unpulledMaxUSD: 0, stopsMachines: false))
        var state = IdleState()
        for (now, activity) in [
            (0.0, PodActivity(waitsOnlyForPeople: true)), (1e6, PodActivity()),
            (2e6, PodActivity(unpulled: ["u"], usdPerHour: 3)), (3e6, PodActivity(unpulled: ["u"], usdPerHour: 3)),
        ] {
            let verdict = policy.verdict(activity, &state, now: now)
            #expect(!verdict.stops && verdict.stopsAt == nil)
        }
        #expect(policy.verdict(PodActivity(), &state, now: 4e6) == .idle(since: 4e6, stopsAt: nil))
    }

    /// Whatever happens: no stop over work that goes on; none over unpulled work below the ceiling; and one within a look of
    /// the window's end.
    @Test(arguments: 0..<50)
    func theRulesHoldForAnyDay(seed: Int) {
        var random = PolicyRandom(seed)
        var (state, now, quietSince, home) = (IdleState(), 0.0, Double?.none, Int64(0))
        for _ in 0..<400 {
            var activity = PodActivity(usdPerHour: 2.69)
            if random.chance(0.1) { activity.runningJobs = ["j"] }
            if random.chance(0.1) { activity.people = ["p"] }
            if random.chance(0.1) { activity.transfers = ["t"] }
            if random.chance(0.3) { activity.unpulled = ["u"] }
            if random.chance(0.5) { activity.gpuPercent = random.span(0...8) }
            if random.chance(0.1) { home += 1 }
            activity.verifiedBytes = home
            let gpu = (activity.gpuPercent ?? 0) >= 5
            let isQuiet =
                activity.runningJobs.isEmpty && activity.people.isEmpty && activity.transfers.isEmpty
                && activity.unpulled.isEmpty && !gpu
            quietSince = isQuiet ? quietSince ?? now : nil
            let verdict = policy.verdict(activity, &state, now: now)
            switch verdict {
            case .stopNow: #expect(isQuiet && now - (quietSince ?? now) >= 600)
            case .stopWithLoss(_, let spent): #expect(!activity.unpulled.isEmpty && spent >= 5)
            case .idle(let since, let stopsAt):
                #expect(since == quietSince && stopsAt == since + 600 && now < since + 600)
            case .busy, .keptForUnpulled: #expect(!isQuiet)
            }
            now += random.span(1...120)
        }
    }
}
