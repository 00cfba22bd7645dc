// Owns the tests of how far a pipeline is and how long it will take.

import CAIPipeline
import Testing

@testable import CAIDaemon

struct ProgressEstimateTests {
    /// Steps of 10, 30 and 60 seconds.
    private func estimate() throws -> ProgressEstimate {
        let yaml = """
            name: x
            title: X
            steps:
              - {id: a, kind: preflight, about_s: 10}
              - {id: b, kind: evaluate, about_s: 30}
              - {id: c, kind: report, about_s: 60}
            """
        return ProgressEstimate(try PipelineDefinition(yaml: Array(yaml.utf8), file: "x.yaml").steps)
    }

    @Test func theFilesFiguresCountUntilSomeWorkIsSeen() throws {
        var estimate = try estimate()
        #expect(estimate.state(inner: 0, elapsed: 0) == (0, 100))
        estimate.started("a")
        #expect(estimate.state(inner: 0.5, elapsed: 500) == (0.05, 95))
    }

    @Test func theMachinesOwnSpeedCountsAfterATenth() throws {
        var estimate = try estimate()
        estimate.started("a")
        estimate.finished(fresh: true)
        estimate.started("b")
        // 25 of 100 done in 50 seconds: 75 take 150.
        #expect(estimate.state(inner: 0.5, elapsed: 50) == (0.25, 150))
    }

    @Test func whatWasFoundDoneSaysNothingAboutSpeed() throws {
        var estimate = try estimate()
        estimate.started("a")
        estimate.finished(fresh: true)
        estimate.started("b")
        estimate.finished(fresh: false)
        estimate.started("c")
        // 40 reached, 10 of them in 5 seconds: not yet more than a tenth.
        #expect(estimate.state(inner: 0, elapsed: 5) == (0.4, 60))
        // 30 more in 25 seconds: 40 of our own in 30.
        #expect(estimate.state(inner: 0.5, elapsed: 30) == (0.7, 22.5))
    }

    @Test func theEndIsTheEnd() throws {
        var estimate = try estimate()
        for step in ["a", "b", "c"] {
            estimate.started(step)
            estimate.finished(fresh: true)
        }
        #expect(estimate.state(inner: 0, elapsed: 80) == (1, 0))
        estimate.finished(fresh: true)
        #expect(estimate.state(inner: 1, elapsed: 80) == (1, 0))
    }

    @Test func theShareOfAStepIsKeptInBounds() throws {
        var estimate = try estimate()
        estimate.started("c")
        #expect(estimate.state(inner: 7, elapsed: 0).fraction == 0.6)
        #expect(estimate.state(inner: -7, elapsed: 0).fraction == 0)
        #expect(estimate.state(inner: .nan, elapsed: 0).fraction == 0)
        estimate.started("none of them")
        #expect(estimate.state(inner: 1, elapsed: 0).fraction == 0)
    }

    @Test func aPipelineOfNothingHasNoProgress() {
        #expect(ProgressEstimate([]).state(inner: 1, elapsed: 5) == (0, 0))
    }
}
