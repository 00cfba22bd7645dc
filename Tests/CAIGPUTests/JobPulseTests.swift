// Owns the tests of telling from a job's events whether it has stalled: what counts for which kind, and clocks that do not agree.
// Never waits.

import CAISystem
import Testing

@testable import CAIGPU

struct JobPulseTests {
    private let settings = StallSettings(stallAfter: 900, setupQuiet: 1800, setupLimit: 7200)

    private func event(_ text: String) throws -> JobEvent { try CanonicalJSON.decode(JobEvent.self, from: text.utf8) }

    private func log(_ t: Double) throws -> JobEvent {
        try event(#"{"t":\#(t),"event":"log","level":"info","message":"epoch 3"}"#)
    }

    @Test func theOutputOfAProgramOfItsOwnIsProgress() throws {
        var pulse = JobPulse(settings, kind: "script")
        pulse.add(try event(#"{"t":1000,"event":"started"}"#), readAt: 0)
        for t in stride(from: 0.0, through: 30_000, by: 300) {
            pulse.add(try log(1000 + t), readAt: t)
            #expect(pulse.stall(asOf: t + 299) == nil)
        }
        #expect(pulse.stall(asOf: 30_899) == nil)
        #expect(pulse.stall(asOf: 30_900) == .noProgress(since: 31_000, seconds: 900))
    }

    /// What our own kinds say beside their work is no work.
    @Test(arguments: ["train", "generate", "score"])
    func theWordsOfOtherKindsAreNone(kind: String) throws {
        var pulse = JobPulse(settings, kind: kind)
        pulse.add(try event(#"{"t":1000,"event":"progress","done":1,"unit":"steps"}"#), readAt: 0)
        for t in stride(from: 0.0, to: 900, by: 10) { pulse.add(try log(1000 + t), readAt: t) }
        #expect(pulse.stall(asOf: 900) == .noProgress(since: 1000, seconds: 900))
    }

    @Test(arguments: [3_600.0, -3_600, 86_400, -1e6])
    func aClockThatIsSetIsNoStall(by: Double) throws {
        var pulse = JobPulse(settings, kind: "train")
        for t in stride(from: 0.0, through: 20_000, by: 10) {
            let pods = 2_000_000 + t + (t > 5000 ? by : 0)
            pulse.add(try event(#"{"t":\#(pods),"event":"progress","done":\#(t),"unit":"steps"}"#), readAt: t)
            #expect(pulse.stall(asOf: t + 5) == nil, "at \(t)")
        }
        #expect(pulse.stall(asOf: 20_905).map { if case .noProgress = $0 { true } else { false } } == true)
    }
}
