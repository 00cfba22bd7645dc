// Owns what happens when the daemon, the supervisor or both are gone: a program is never started twice, one that lives is
// met again, and an end that nobody saw is said to be one.
// Never kills anything but what a test started.

import CAISystem
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon

@Suite struct ProcessRecoveryTests {
    static let waiting = "echo start >> starts; until [ -e go ]; do sleep 0.02; done; echo done"

    @Test func whoDetachesCanAttachAgain() async throws {
        let fixture = try ProcessFixture()
        let first = Task { try await fixture.runner.run("a", fixture.script(Self.waiting), input: []) }
        try await fixture.wait { fixture.lines("starts") == 1 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try fixture.runner.state("a") == .running)
        #expect(throws: Errno.resourceBusy) { try fixture.runner.remove("a") }

        let second = Task { try await fixture.runner.run("a", fixture.script("echo another"), input: []) }
        try fixture.folder.write("", to: "go")
        let report = try await second.value
        #expect(report.end == .exited(0))
        #expect(report.out == "done\n")
        #expect(fixture.lines("starts") == 1)
        #expect(try await fixture.runner.run("a", fixture.script("echo another"), input: []).out == "done\n")
    }

    @Test func twoWhoStartTheSameStartItOnce() async throws {
        let fixture = try ProcessFixture()
        let runs = (0..<4).map { _ in
            Task { try await fixture.runner.run("a", fixture.script(Self.waiting), input: []) }
        }
        try await fixture.wait { fixture.lines("starts") > 0 }
        try fixture.folder.write("", to: "go")
        for run in runs { #expect(try await run.value.end == .exited(0)) }
        #expect(fixture.lines("starts") == 1)
    }

    @Test func withoutItsSupervisorAProgramRunsAndThenIsInDoubt() async throws {
        let fixture = try ProcessFixture()
        let request = fixture.script(Self.waiting)
        let first = Task { try await fixture.runner.run("a", request, input: []) }
        try await fixture.wait { fixture.lines("starts") == 1 }
        kill(try #require(try fixture.start("a")).supervisor.pid, SIGKILL)
        try await fixture.wait { try fixture.start("a")?.supervisor.isAlive == false }
        #expect(try fixture.runner.state("a") == .running)
        let second = Task { try await fixture.runner.run("a", request, input: []) }
        try fixture.folder.write("", to: "go")
        for run in [first, second] {
            let report = try await run.value
            guard case .inDoubt = report.end else { return #expect(report.end == .inDoubt("")) }
            #expect(report.out == "done\n")
        }
        #expect(try fixture.runner.state("a") == .inDoubt)
        #expect(fixture.lines("starts") == 1)
    }

    @Test func withoutItsSupervisorTheLimitsHold() async throws {
        let fixture = try ProcessFixture()
        let request = fixture.script(ProcessLimitsTests.stubborn, timeout: 1.5)
        let run = Task { try await fixture.runner.run("a", request, input: []) }
        try await fixture.wait { fixture.lines("born") == 3 }
        kill(try #require(try fixture.start("a")).supervisor.pid, SIGKILL)
        #expect(try await run.value.end == .timedOut)
        #expect(fixture.remains == [])
        #expect(try fixture.runner.state("a") == .ended)
    }

    @Test func withoutItsSupervisorAProgramCanBeStopped() async throws {
        let fixture = try ProcessFixture()
        let run = Task { try await fixture.runner.run("a", fixture.script(ProcessLimitsTests.stubborn), input: []) }
        try await fixture.wait { fixture.lines("born") == 3 }
        kill(try #require(try fixture.start("a")).supervisor.pid, SIGKILL)
        try await fixture.wait { try fixture.start("a")?.supervisor.isAlive == false }
        try fixture.runner.stop("a")
        #expect(try await run.value.end == .stopped)
        #expect(fixture.remains == [])
    }

    @Test func aSupervisorThatDiesTooEarlyStartsNothingLater() async throws {
        let fixture = try ProcessFixture(supervisor: ["/bin/sh", "-c", "echo no room >&2; kill -9 $$"])
        let report = try await fixture.runner.run("a", fixture.script(Self.waiting), input: [])
        guard case .notStarted(let reason) = report.end else { return #expect(report.end == .notStarted("")) }
        #expect(reason.contains("no room"))
        #expect(try fixture.runner.state("a") == .neverStarted)
        try supervise(fixture, "a")
        #expect(fixture.lines("starts") == 0)
        #expect(try await fixture.runner.run("a", fixture.script(Self.waiting), input: []).end == report.end)
    }

    @Test func whatWasPreparedButNotStartedIsStartedOnce() async throws {
        let fixture = try ProcessFixture()
        let request = fixture.script("echo start >> starts; cat")
        try ProcessFolder(path: fixture.runner.root.appending("a"), files: RealFiles())
            .prepare(request, input: Array("hello".utf8))
        #expect(try fixture.runner.state("a") == .neverStarted)
        let report = try await fixture.runner.run("a", request, input: Array("hello".utf8))
        #expect(report.end == .exited(0))
        #expect(report.out == "hello")
        try supervise(fixture, "a")
        #expect(fixture.lines("starts") == 1)
    }

    @Test func whatIsStoppedBeforeItsStartNeverStarts() async throws {
        let fixture = try ProcessFixture()
        let request = fixture.script(Self.waiting)
        try ProcessFolder(path: fixture.runner.root.appending("a"), files: RealFiles()).prepare(request, input: [])
        try fixture.runner.stop("a")
        try supervise(fixture, "a")
        #expect(try await fixture.runner.run("a", request, input: []).end == .stopped)
        #expect(fixture.lines("starts") == 0)
        try fixture.runner.stop("unknown")
        #expect(try fixture.runner.state("unknown") == .absent)
    }

    /// A supervisor that is killed at any of its changes to the folder: whatever is said afterwards is true, and asking
    /// again changes nothing.
    @Test(.enabled(if: ProcessRunner.locate("strace", in: [:], folder: "/") != nil), arguments: 1...7)
    func killedAtAnyChangeNothingIsStartedTwice(_ number: Int) async throws {
        let calls = "fsync,rename,renameat2"
        let fixture = try ProcessFixture(
            supervisor: ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)", "-e"]
                + ["inject=\(calls):signal=KILL:when=\(number)"] + ProcessFixture.supervisor)
        let request = fixture.script("echo start >> starts")
        let report = try await fixture.runner.run("a", request, input: [])
        let starts = fixture.lines("starts")
        switch report.end {
        case .notStarted: #expect(starts == 0)
        case .inDoubt: #expect(starts <= 1)
        case .exited(0): #expect(starts == 1)
        default: Issue.record("ended \(report.end)")
        }
        try supervise(fixture, "a")
        #expect(try await fixture.runner.run("a", request, input: []).end == report.end)
        #expect(fixture.lines("starts") == starts)
        #expect(fixture.remains == [])
    }

    /// A supervisor that comes late: it has to refuse.
    private func supervise(_ fixture: ProcessFixture, _ id: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: ProcessFixture.supervisor[0])
        process.arguments = ["supervise", fixture.runner.root.appending(id).string]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
    }
}
