// Owns the limits of a supervised program: what ends it, and that nothing of it is left, wherever it has hidden.
// Never waits for a limit longer than a second.

import CAISystem
import Foundation
import TestSupport
import Testing

@testable import CAIDaemon

@Suite struct ProcessLimitsTests {
    /// Ignores the request to end, and has descendants in sessions of their own.
    static let stubborn = """
        trap '' TERM
        setsid sh -c "trap '' TERM; echo session >> born; while :; do sleep 60; done" &
        ( ( setsid sh -c "echo orphan >> born; sleep 600" & ) & )
        sh -c 'echo child >> born; sleep 600' &
        while :; do sleep 60; done
        """

    @Test func atTheTimeoutNobodyIsLeft() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run("a", fixture.script(Self.stubborn, timeout: 1), input: [])
        #expect(report.end == .timedOut)
        #expect(fixture.lines("born") == 3)
        #expect(fixture.remains == [])
    }

    @Test func whatIsLeftRunningAtTheExitIsEnded() async throws {
        let fixture = try ProcessFixture()
        let text = """
            ( setsid sh -c "trap '' TERM; echo x >> born; while :; do sleep 60; done" & )
            sleep 600 &
            until [ -e born ]; do sleep 0.02; done; echo result
            """
        let report = try await fixture.runner.run("a", fixture.script(text), input: [])
        #expect(report.end == .exited(0))
        #expect(report.out == "result\n")
        #expect(fixture.remains == [])
    }

    @Test func aProgramMayEndItselfWhenAsked() async throws {
        let fixture = try ProcessFixture()
        let text = "trap 'echo saved; exit 0' TERM; while :; do sleep 0.02; done"
        let report = try await fixture.runner.run("a", fixture.script(text, timeout: 0.5, grace: 20), input: [])
        #expect(report.end == .timedOut)
        #expect(report.out == "saved\n")
    }

    @Test func silenceIsALimit() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run(
            "a", fixture.script("echo x; sleep 600", timeout: 600, idleTimeout: 0.5), input: [])
        #expect(report.end == .idle)
        #expect(report.out == "x\n")
        #expect(fixture.remains == [])
    }

    @Test func outputIsALimit() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run("a", fixture.script("yes", outputLimit: 100_000), input: [])
        #expect(report.end == .tooMuchOutput)
        #expect(fixture.remains == [])
    }

    @Test func aProgramThatIsStoppedIsGone() async throws {
        let fixture = try ProcessFixture()
        let run = Task { try await fixture.runner.run("a", fixture.script(Self.stubborn), input: []) }
        try await fixture.wait { fixture.lines("born") == 3 }
        try fixture.runner.stop("a")
        #expect(try await run.value.end == .stopped)
        #expect(fixture.remains == [])
        #expect(try fixture.runner.state("a") == .ended)
        try fixture.runner.stop("a")
        #expect(try await fixture.runner.run("a", fixture.script("exit 9"), input: []).end == .stopped)
    }

    @Test func aSupervisorThatIsToldToEndTakesItsProgramAlong() async throws {
        let fixture = try ProcessFixture()
        let run = Task { try await fixture.runner.run("a", fixture.script(Self.stubborn), input: []) }
        try await fixture.wait { fixture.lines("born") == 3 }
        kill(try #require(try fixture.start("a")).supervisor.pid, SIGTERM)
        #expect(try await run.value.end == .stopped)
        #expect(fixture.remains == [])
    }

    @Test func limitsAreJudgedInOrder() {
        let request = ProcessRequest(
            command: [], environment: [:], folder: "/", log: "/log", timeout: 10, idleTimeout: 4, outputLimit: 100)
        func usage(_ seconds: Double, _ quiet: Double, _ output: Int = 0, stop: Bool = false) -> ProcessUsage {
            ProcessUsage(seconds: seconds, quiet: quiet, output: output, isStopAsked: stop)
        }
        #expect(request.breach(usage(9.9, 3.9, 100)) == nil)
        #expect(request.breach(usage(10, 0)) == .timedOut)
        #expect(request.breach(usage(9, 4)) == .idle)
        #expect(request.breach(usage(10, 4)) == .timedOut)
        #expect(request.breach(usage(0, 0, 101)) == .tooMuchOutput)
        #expect(request.breach(usage(10, 4, 101, stop: true)) == .stopped)
        #expect(request.nextLimit(usage(1, 0)) == 4)
        #expect(request.nextLimit(usage(9, 1)) == 1)
        var free = request
        (free.timeout, free.idleTimeout) = (nil, nil)
        #expect(free.breach(usage(1e9, 1e9)) == nil)
        #expect(free.nextLimit(usage(1, 1)) == nil)
    }
}
