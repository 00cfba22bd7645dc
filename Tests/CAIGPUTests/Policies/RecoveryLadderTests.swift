// Owns the tests of getting a machine back: the order of what is tried, its pauses, and its end.

import Testing

@testable import CAIGPU

struct RecoveryLadderTests {
    private func ladder(_ machine: MachineStatus = .stopped, gpus: [String] = ["A100", "H100"]) -> RecoveryLadder {
        RecoveryLadder(machine: machine, gpus: gpus, startedAt: 0, seed: 7)
    }
    private let full = GPUError(.capacity, "there are not enough free GPUs")

    @Test func firstTheSameThenTheListThenAPauseAndFromTheTop() {
        var ladder = ladder()
        #expect(ladder.next(now: 0) == .resume)
        #expect(ladder.next(now: 1) == .resume, "asking what to do changes nothing")
        ladder.failed(full, now: 1)
        #expect(ladder.next(now: 1) == .replace(gpu: "A100"))
        ladder.failed(full, now: 2)
        #expect(ladder.next(now: 2) == .replace(gpu: "H100"))
        ladder.failed(full, now: 3)
        guard case .wait(let until, let why) = ladder.next(now: 3) else {
            Issue.record("\(ladder.next(now: 3))")
            return
        }
        #expect((63...75).contains(until))
        #expect(why.contains("starting it again, A100, H100") && why.contains("not enough free GPUs"))
        #expect(ladder.next(now: until) == .resume)
    }

    @Test(arguments: [MachineStatus.missing, .failed])
    func whatIsGoneIsNotStartedAgain(status: MachineStatus) {
        #expect(ladder(status).next(now: 0) == .replace(gpu: "A100"))
        guard case .giveUp(let words) = ladder(status, gpus: []).next(now: 0) else {
            Issue.record("nothing can be done")
            return
        }
        #expect(words.contains("pod.runpod.gpus"))
    }

    @Test(arguments: [GPUError.Code.balance, .auth, .hostKey, .budget])
    func whatOnlyAPersonCanMendEndsIt(code: GPUError.Code) {
        var ladder = ladder()
        ladder.failed(GPUError(code, "no"), now: 5)
        guard case .giveUp(let words) = ladder.next(now: 6) else {
            Issue.record("\(ladder.next(now: 6))")
            return
        }
        #expect(words.contains("no") && words.contains("caid retry"))
        ladder.failed(full, now: 7)
        #expect(ladder.next(now: 8) == .giveUp(words), "and stays so")
    }

    @Test func aRateLimitIsWaitedForAndCostsNoRung() {
        var ladder = ladder()
        ladder.failed(GPUError(.rateLimited, "429", retryAfter: 300), now: 0)
        #expect(ladder.next(now: 0) == .wait(until: 300, why: "429"))
        #expect(ladder.next(now: 300) == .resume)
        ladder.failed(GPUError(.rateLimited, "429", retryAfter: 1e9), now: 300)
        #expect(ladder.next(now: 300) == .wait(until: 3900, why: "429"), "no longer than an hour at once")
        #expect(ladder.next(now: 3900) == .resume)
    }

    @Test func aLostAnswerIsLookedForAndNeverAskedAgainBlindly() {
        var ladder = ladder()
        ladder.failed(GPUError(.ambiguous, "something went wrong"), now: 0)
        #expect(ladder.next(now: 0) == .look(at: 10))
        #expect(ladder.next(now: 500) == .look(at: 10), "until somebody has looked")
        var found = ladder
        let isFound = found.looked(.preparing, now: 10)
        #expect(isFound)
        let isThere = ladder.looked(.unknown("?"), now: 10)
        #expect(!isThere)
        #expect(ladder.next(now: 10) == .look(at: 20))
        let cameOfIt = ladder.looked(.stopped, now: 20)
        #expect(!cameOfIt)
        guard case .wait(let until, _) = ladder.next(now: 20) else {
            Issue.record("a pause")
            return
        }
        #expect(ladder.next(now: until) == .resume)
        for time in [1000.0, 3000] {
            ladder.failed(GPUError(.ambiguous, "again"), now: time)
            _ = ladder.looked(.stopped, now: time + 10)
        }
        #expect(ladder.next(now: 1e4) == .replace(gpu: "A100"), "three lost answers are enough")
    }

    @Test func whatIsRefusedIsNotTriedAgain() {
        var ladder = ladder()
        ladder.failed(GPUError(.refused, "locked"), now: 0)
        #expect(ladder.next(now: 0) == .replace(gpu: "A100"))
        ladder.failed(GPUError(.refused, "no such GPU"), now: 0)
        #expect(ladder.next(now: 0) == .replace(gpu: "H100"))
        ladder.failed(full, now: 0)
        guard case .wait(let until, _) = ladder.next(now: 0) else {
            Issue.record("a pause")
            return
        }
        #expect(ladder.next(now: until) == .replace(gpu: "H100"))
        ladder.failed(GPUError(.refused, "no"), now: until)
        guard case .giveUp = ladder.next(now: until) else {
            Issue.record("nothing is left")
            return
        }
    }

    /// Whatever errors come, it ends within its patience or with a machine, and never runs hot.
    @Test(arguments: 0..<60)
    func everySearchEnds(seed: Int) {
        var random = PolicyRandom(seed)
        let codes: [GPUError.Code] = [.capacity, .rateLimited, .ambiguous, .unreachable, .missing, .refused]
        let few = Array(codes.prefix(seed % 6 + 1))
        var ladder = RecoveryLadder(
            machine: .stopped, gpus: ["A", "B"], startedAt: 0, seed: UInt64(seed), patience: 86_400)
        var (now, steps, ended) = (0.0, 0, false)
        while !ended, steps < 100_000 {
            steps += 1
            switch ladder.next(now: now) {
            case .giveUp: ended = true
            case .wait(let until, _):
                #expect(until > now && until - now <= 3600)
                now = until
            case .look(let at):
                now = max(now, at)
                _ = ladder.looked(random.chance(0.5) ? .stopped : .unknown("?"), now: now)
            case .resume, .replace:
                ladder.failed(GPUError(few[Int(random.next() % UInt64(few.count))], "x"), now: now)
            }
        }
        #expect(ended && now <= 86_400 + 3600, "\(now)")
        #expect(steps < 20_000)
    }

    @Test func pausesGrowAreBoundedAndSpread() {
        let backoff = Backoff(first: 10, most: 300, jitter: 0.2, seed: 1)
        let delays = (1...40).map(backoff.delay)
        for (index, delay) in delays.enumerated() {
            let plain = index < 5 ? 10 * Double(1 << index) : 300
            #expect(delay >= plain && delay <= plain * 1.2)
        }
        #expect(delays == (1...40).map(backoff.delay), "the same for the same seed")
        #expect(delays != (1...40).map(Backoff(first: 10, most: 300, jitter: 0.2, seed: 2).delay))
        #expect(Backoff(first: 10, most: 300, jitter: 0, seed: 9).delay(after: 0) == 10)
    }
}
