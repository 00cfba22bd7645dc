// Owns the tests of whether a pod is alive: silence never is death, and a provider has to say it twice.

import Testing

@testable import CAIGPU

struct HealthPolicyTests {
    private let policy = HealthPolicy(freshFor: 120, confirmAfter: 10)

    private func facts(
        provider: [(Witness.Word, Double)] = [], ssh: [(Witness.Word, Double)] = [],
        events: [(Witness.Word, Double)] = []
    ) -> HealthFacts {
        func witness(_ words: [(Witness.Word, Double)]) -> Witness {
            var witness = Witness()
            for (word, at) in words { witness.says(word, at: at) }
            return witness
        }
        return HealthFacts(provider: witness(provider), ssh: witness(ssh), events: witness(events))
    }

    @Test func nobodyHeardIsUnknown() {
        guard case .unknown(let why) = policy.verdict(HealthFacts(), now: 1e6) else {
            Issue.record("unknown")
            return
        }
        #expect(why == "provider: nothing was heard yet; SSH: nothing was heard yet; jobs: nothing was heard yet")
    }

    @Test func oneWitnessIsEnoughForLife() {
        #expect(policy.verdict(facts(provider: [(.alive, 1000)]), now: 1100) == .alive)
        #expect(policy.verdict(facts(provider: [(.unknown("503"), 1000)], ssh: [(.alive, 1000)]), now: 1100) == .alive)
        #expect(
            policy.verdict(facts(ssh: [(.unknown("refused"), 1000)], events: [(.alive, 1000)]), now: 1100) == .alive)
    }

    @Test func anOldWordCountsForNothing() {
        let old = facts(provider: [(.alive, 1000)], ssh: [(.unknown("timed out"), 1190)])
        guard case .unknown(let why) = policy.verdict(old, now: 1200) else {
            Issue.record("unknown")
            return
        }
        #expect(why.contains("provider: last alive 3 min 20 s ago; SSH: timed out"))
        let dead = facts(provider: [(.dead("stopped"), 1000), (.dead("stopped"), 1060)])
        #expect(policy.verdict(dead, now: 1100) == .dead("stopped"))
        guard case .unknown = policy.verdict(dead, now: 1200) else {
            Issue.record("an old death is none")
            return
        }
    }

    @Test func silenceOfSSHAndJobsNeverIsDeath() {
        for hours in 1..<100 {
            let now = Double(hours) * 3600
            let silent = facts(
                provider: [(.alive, now)], ssh: [(.unknown("timed out"), 0), (.unknown("timed out"), now)],
                events: [(.alive, 1), (.unknown("no connection"), now)])
            #expect(policy.verdict(silent, now: now) == .alive)
        }
    }

    @Test(arguments: [MachineStatus.stopped, .failed, .missing])
    func theProviderHasToSayItTwice(status: MachineStatus) {
        let word = Witness.Word(status)
        guard case .dead(let words) = word else {
            Issue.record("\(word)")
            return
        }
        guard case .unknown(let why) = policy.verdict(facts(provider: [(.alive, 90), (word, 100)]), now: 100) else {
            Issue.record("once is not enough")
            return
        }
        #expect(why.contains("asked again"))
        #expect(policy.verdict(facts(provider: [(word, 100), (word, 110)]), now: 111) == .dead(words))
        // An answer in between takes it back.
        let flicker = facts(provider: [(word, 100), (.alive, 105), (word, 110)])
        guard case .unknown = policy.verdict(flicker, now: 111) else {
            Issue.record("it was alive in between")
            return
        }
    }

    @Test func whoAnswersIsNotDeadWhateverTheProviderSays() {
        let word = Witness.Word(.missing)
        let contradicted = facts(provider: [(word, 100), (word, 160)], ssh: [(.alive, 150)])
        guard case .unknown(let why) = policy.verdict(contradicted, now: 161) else {
            Issue.record("unknown")
            return
        }
        #expect(why.contains("has answered since"))
        // It had answered before the provider said so, or does not answer any more.
        let before = facts(provider: [(word, 100), (word, 160)], ssh: [(.alive, 99)])
        #expect(policy.verdict(before, now: 161) == .dead("the provider knows no such pod any more"))
        let gone = facts(provider: [(word, 100), (word, 160)], ssh: [(.alive, 150), (.unknown("closed"), 158)])
        #expect(policy.verdict(gone, now: 161) == .dead("the provider knows no such pod any more"))
    }

    @Test(arguments: [MachineStatus.preparing, .unknown("MIGRATING")])
    func statesThatSayNothingNeverAreDeath(status: MachineStatus) {
        let word = Witness.Word(status)
        guard case .unknown = policy.verdict(facts(provider: [(word, 0), (word, 1000)]), now: 1000) else {
            Issue.record("unknown")
            return
        }
    }
}
