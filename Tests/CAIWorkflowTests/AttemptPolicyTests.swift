// Owns the tests of what follows from how an attempt ended.

import CAIWorkflow
import FoundationEssentials
import Testing

struct AttemptPolicyTests {
    private let now = Date(timeIntervalSince1970: 1_795_224_600)

    private func ending(
        _ result: TaskResult, retries: Int = 2, after previous: TaskEnding? = nil, jitter: Double = 0
    ) -> TaskEnding? {
        AttemptPolicy(retries: retries).ending(
            after: result, previous: previous, roadmap: ["A / B"], now: now, jitter: jitter)
    }

    @Test func aSuccessCarriesItsNotesItsFilesAndTheRoadmap() {
        let files = [NewFile(.response, owner: "codex", name: "r.md", contents: [65])]
        let done = ending(.completed(summary: "7 of 9", notes: "- n", files: files))
        var expected = TaskEnding(
            cause: .succeeded, at: now, summary: "7 of 9", notes: "- n", roadmap: ["A / B"], files: files)
        #expect(done == expected)
        expected.files = nil
        #expect(ending(.completed(summary: "7 of 9", notes: "- n")) == expected, "no files are none")
    }

    @Test func aSuccessOrABlockEndsTheSeries() {
        let failed = ending(.failed("x", signature: "s"))
        for result in [TaskResult.completed(summary: "s", notes: ""), .blocked("a gate is closed")] {
            let last = ending(result, after: failed)
            #expect(last?.failures == nil && last?.signature == nil && last?.hold == nil)
        }
        #expect(ending(.blocked("a gate is closed"))?.cause == .obstructed)
        #expect(ending(.blocked("a gate is closed"))?.summary == "a gate is closed")
        #expect(ending(.blocked("a gate is closed"))?.roadmap == [], "only a success ticks")
    }

    @Test func aFailureIsTriedAgainAsOftenAsAsked() throws {
        var previous: TaskEnding?
        for attempt in 1...3 {
            let ending = try #require(self.ending(.failed("no luck", signature: "s\(attempt)"), after: previous))
            #expect(ending.failures == attempt)
            if attempt <= 2 {
                #expect(ending.cause == .interrupted)
                #expect(ending.summary == "failed: no luck; attempt \(attempt + 1) of 3 follows")
                #expect(ending.hold?.kind == .backoff && ending.hold?.until == now + (attempt == 1 ? 5 : 10))
                #expect(ending.hold?.reason == "failed (no luck); attempt \(attempt + 1) of 3 follows")
            } else {
                #expect(ending.cause == .obstructed && ending.hold == nil)
                #expect(
                    ending.summary
                        == "failed 3 times, the last time: no luck. After mending it, `caid retry` it or move the file back to pending/"
                )
            }
            previous = ending
        }
    }

    @Test func withoutRetriesTheFirstFailureIsTheLast() {
        let ending = ending(.failed("no luck", signature: "s"), retries: 0)
        #expect(ending?.cause == .obstructed && ending?.hold == nil)
        #expect(
            ending?.summary == "failed: no luck. After mending it, `caid retry` it or move the file back to pending/")
    }

    @Test func pausesDoubleUpToTenMinutesAndAreSpread() throws {
        var pauses: [Double] = []
        var previous: TaskEnding?
        for attempt in 1...100 {
            let ending = try #require(
                self.ending(.failed("x", signature: "\(attempt)"), retries: 1000, after: previous))
            pauses.append(try #require(ending.hold?.until).timeIntervalSince(now))
            previous = ending
        }
        #expect(pauses.prefix(8) == [5, 10, 20, 40, 80, 160, 320, 600] && pauses.allSatisfy { $0 <= 600 })
        let spread = ending(.failed("x", signature: "y"), retries: 1000, after: previous, jitter: 1)?.hold?.until
        #expect(spread.map { abs($0.timeIntervalSince(now) - 660) < 1e-6 } == true)
    }

    @Test func theSameFailureTwiceInARowIsNotTriedAThirdTime() {
        let first = ending(.failed("exit 3 at 10:01", signature: "exit"), retries: 9)
        #expect(first?.cause == .interrupted)
        let second = ending(.failed("exit 3 at 10:02", signature: "exit"), retries: 9, after: first)
        #expect(second?.cause == .obstructed && second?.failures == 2 && second?.hold == nil)
        #expect(
            second?.summary.hasPrefix("failed the same way twice in a row, so it is not tried again: exit 3 at 10:02. ")
                == true)
        let other = ending(.failed("killed", signature: "signal"), retries: 9, after: first)
        #expect(other?.cause == .interrupted)
        #expect(
            ending(.failed("exit 3", signature: "exit"), retries: 9, after: other)?.cause == .interrupted,
            "not in a row")
    }

    @Test func aQuotaUsesUpNoAttemptAndEndsAfterMany() throws {
        let hold = Hold(.quota, until: now + 3600, reason: "quota used up")
        let failed = ending(.failed("x", signature: "s"))
        var previous = failed
        for count in 1...48 {
            let ending = try #require(self.ending(.held(hold), after: previous))
            #expect(ending.cause == .interrupted && ending.hold == hold && ending.summary == "quota used up")
            #expect(ending.waits == count && ending.failures == 1 && ending.signature == "s", "as before the hold")
            previous = ending
        }
        let last = try #require(self.ending(.held(hold), after: previous))
        #expect(last.cause == .obstructed && last.hold == nil)
        #expect(last.summary.hasPrefix("had to wait 49 times in a row: quota used up"))
        let other = try #require(self.ending(.failed("x", signature: "t"), after: previous))
        #expect(other.failures == 2 && other.waits == nil, "a failure ends the row of holds")
    }

    @Test func aReviewMayHoldForEver() throws {
        let hold = Hold(.review, request: "r.md", reason: "waiting for r.md")
        var previous: TaskEnding?
        for _ in 1...200 {
            previous = ending(.held(hold), after: previous)
            #expect(previous?.cause == .interrupted && previous?.hold == hold)
        }
    }

    @Test func aStopKeepsTheCount() {
        let failed = ending(.failed("x", signature: "s"))
        let stopped = ending(.stopped, after: failed)
        #expect(stopped?.cause == .interrupted && stopped?.hold == nil)
        #expect(stopped?.failures == 1 && stopped?.signature == "s")
        #expect(ending(.failed("x", signature: "s"), after: stopped)?.cause == .obstructed)
        #expect(ending(.stopped)?.failures == nil)
    }

    @Test func whatGoesOnWithoutUsHasNotEnded() {
        #expect(ending(.detached) == nil)
    }
}
