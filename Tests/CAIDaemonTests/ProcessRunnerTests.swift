// Owns what a supervised program gets, what is seen of it, and how its end is told.
// Never measures how long anything takes.

import CAISystem
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon

@Suite struct ProcessRunnerTests {
    @Test func outputGoesToBothFilesAndTheLog() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run(
            "a", fixture.script("echo one; echo two >&2; echo three; exit 3"), input: [])
        #expect(report.end == .exited(3))
        #expect(report.out == "one\nthree\n")
        #expect(report.err == "two\n")
        let log = try fixture.folder.text("task.log")
        #expect(log.split(separator: "\n").sorted() == ["one", "three", "two"])
        #expect(try fixture.runner.state("a") == .ended)
    }

    @Test func theLogIsAppendedTo() async throws {
        let fixture = try ProcessFixture()
        try fixture.folder.write("before\n", to: "task.log")
        _ = try await fixture.runner.run("a", fixture.script("echo after"), input: [])
        #expect(try fixture.folder.text("task.log") == "before\nafter\n")
    }

    @Test func outputShowsInTheLogWhileTheProgramRuns() async throws {
        let fixture = try ProcessFixture()
        let run = Task {
            try await fixture.runner.run(
                "a", fixture.script("echo now; until [ -e go ]; do sleep 0.02; done"), input: [])
        }
        try await fixture.wait { fixture.lines("task.log") == 1 }
        #expect(try fixture.runner.state("a") == .running)
        try fixture.folder.write("", to: "go")
        #expect(try await run.value.end == .exited(0))
    }

    @Test func aSignalIsTold() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run("a", fixture.script("kill -SEGV $$"), input: [])
        #expect(report.end == .signalled(SIGSEGV))
    }

    @Test func theWholeInputArrives() async throws {
        let fixture = try ProcessFixture()
        let input = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let report = try await fixture.runner.run("a", fixture.request(["cat"]), input: input)
        #expect(report.end == .exited(0))
        #expect(report.stdout == input)
    }

    @Test func ofLongOutputTheLastMiBIsReported() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run(
            "a", fixture.script("head -c 3000000 /dev/zero; echo end"), input: [])
        #expect(report.end == .exited(0))
        #expect(report.stdout.count == 1 << 20)
        #expect(report.out.hasSuffix("end\n"))
    }

    @Test func environmentAndFolderAreTheRequestsAlone() async throws {
        let fixture = try ProcessFixture()
        var request = fixture.request(["env"])
        request.environment = ["PATH": "/usr/bin:/bin", "A": "b=c d"]
        let report = try await fixture.runner.run("a", request, input: [])
        #expect(report.out.split(separator: "\n").sorted() == ["A=b=c d", "PATH=/usr/bin:/bin"])
        let place = try await fixture.runner.run("b", fixture.request(["pwd"]), input: [])
        #expect(place.out == fixture.folder.path.string + "\n")
    }

    @Test func signalsAndDescriptorsStartFromTheDefaults() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run(
            "a", fixture.script("grep -E 'Sig(Ign|Blk)' /proc/self/status; ls /proc/self/fd"), input: [])
        let lines = report.out.split(separator: "\n").map(String.init)
        // The C library keeps the two above 31 for itself.
        let masks = lines.prefix(2).compactMap { UInt64($0.suffix(16), radix: 16) }
        #expect(masks.map { $0 & 0x7fff_ffff } == [0, 0])
        // Its own three, the lock, and the folder that is being listed.
        #expect(lines.dropFirst(2).count == 5)
        #expect(lines.contains("\(Supervisor.inheritedLock)"))
    }

    @Test(arguments: ["20261121 P0 it's \"odd\" – ünï.md", "a/b", ".", "..", "", String(repeating: "é", count: 300)])
    func anyTextIsAnID(_ id: String) async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run(id, fixture.script("echo x"), input: [])
        #expect(report.end == .exited(0))
        #expect(try fixture.runner.state(id) == .ended)
        #expect(try RealFiles().list(fixture.runner.root).count == 1)
        try fixture.runner.remove(id)
        #expect(try RealFiles().list(fixture.runner.root) == [])
        #expect(try fixture.runner.state(id) == .absent)
    }

    @Test func aMissingProgramIsNotStarted() async throws {
        let fixture = try ProcessFixture()
        let report = try await fixture.runner.run("a", fixture.request(["no-such-agent", "-p"]), input: [])
        guard case .notStarted(let reason) = report.end else { return #expect(report.end == .notStarted("")) }
        #expect(reason.contains("'no-such-agent'"))
        #expect(try fixture.runner.state("a") == .neverStarted)
    }

    @Test func aFileThatIsNoProgramIsNotStarted() async throws {
        let fixture = try ProcessFixture()
        let file = try fixture.folder.write("echo hello\n", to: "agent")
        try RealFiles().setPermissions(file, .ownerReadWriteExecute)
        let report = try await fixture.runner.run("a", fixture.request(["./agent"]), input: [])
        guard case .notStarted(let reason) = report.end else { return #expect(report.end == .notStarted("")) }
        #expect(reason.contains("#!/bin/sh"))
    }

    @Test func programsAreLookedUpWhereTheyWillRun() throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("#!/bin/sh\n", to: "bin/agent")
        try folder.write("", to: "bin/text")
        try RealFiles().makeDirectory(folder["bin/folder"])
        try RealFiles().setPermissions(program, .ownerReadWriteExecute)
        func locate(_ name: String, _ path: String) -> FilePath? {
            ProcessRunner.locate(name, in: ["PATH": path], folder: folder.path)
        }
        #expect(locate("agent", "/nowhere:\(folder["bin"])") == program)
        #expect(locate("agent", "bin") == program)
        #expect(locate("bin/agent", "") == program)
        #expect(locate(program.string, "") == program)
        #expect(locate("agent", "/nowhere") == nil)
        #expect(locate("./agent", folder["bin"].string) == nil)
        #expect(locate("text", folder["bin"].string) == nil)
        #expect(locate("folder", folder["bin"].string) == nil)
        #expect(locate("", folder["bin"].string) == nil)
        #expect(ProcessRunner.locate("sh", in: [:], folder: folder.path) != nil)
    }

    @Test func nobodyElseMayReadTheFolder() async throws {
        let fixture = try ProcessFixture()
        _ = try await fixture.runner.run("a", fixture.script("echo x"), input: [1])
        let folder = fixture.runner.root.appending("a")
        #expect(try RealFiles().status(folder)?.mode == 0o700)
        for name in try RealFiles().list(folder) {
            #expect(try RealFiles().status(folder.appending(name))?.mode == 0o600, "\(name)")
        }
    }
}
