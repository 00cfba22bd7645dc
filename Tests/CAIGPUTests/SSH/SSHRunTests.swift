// Commands over a real connection: their words, their ends, their bounds, their deadlines.

import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHRunTests {
        @Test func outputErrorsAndStatusStayApart() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["sh", "-c", "echo out; echo err >&2; cat; exit 7"], deadline: 60)
            #expect(text(result.output) == "out\n")
            #expect(text(result.errors) == "err\n")
            #expect(result.status == 7)
            await connection.close()
        }

        @Test func wordsArriveAsTheyAre() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["printf", "%s\u{2}"] + ShellCommandTests.hostile, deadline: 60)
            let words = text(result.output).split(separator: "\u{2}", omittingEmptySubsequences: false).dropLast().map(
                String.init)
            #expect(words == ShellCommandTests.hostile)
            await connection.close()
        }

        @Test(arguments: [("TERM", 143), ("KILL", 137), ("SEGV", 139), ("HUP", 129)])
        func aSignalIsToldAsAShellTellsIt(name: String, status: Int32) async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["sh", "-c", "kill -\(name) $$"], deadline: 60)
            #expect(result.status == status)
            let ending = await failure { () throws(GPUError) in
                try await connection.converse(["sh", "-c", "kill -\(name) $$"], patience: 60) { _ in }
            }
            #expect(ending?.code == .jobFailed)
            #expect(ending?.message.contains("status \(status)") == true)
            await connection.close()
        }

        @Test func aMissingProgramHasStatus127() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["no-such-program"], deadline: 60)
            #expect(result.status == 127)
            #expect(text(result.errors).contains("no-such-program"))
            await connection.close()
        }

        @Test func whoTalksTooMuchIsGivenUpAndTheConnectionGoesOn() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            for redirection in ["", ">&2"] {
                let ending = await failure { () throws(GPUError) in
                    _ = try await connection.run(["sh", "-c", "yes \(redirection)"], deadline: 60)
                }
                #expect(ending?.code == .refused)
                #expect(ending?.message.contains("MiB") == true)
            }
            #expect(try await connection.run(["echo", "still here"], deadline: 60).status == 0)
            await connection.close()
        }

        @Test func aPassedDeadlineEndsTheCommandAndNotTheConnection() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let mark = fixture.server.folder["late"]
            let command = ["sh", "-c", "sleep 600; touch \"$1\"", "sh", mark.string]
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(command, deadline: 2) }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("within 2.0 s") == true)
            #expect(try await connection.run(["echo", "still here"], deadline: 60).status == 0)
            // The other side ends it by itself, whether or not we are there.
            try await eventually {
                let found = try await connection.run(["pgrep", "-f", mark.string.dropLast() + "[e]"], deadline: 60)
                return found.status == 1
            }
            #expect(!(try fixture.server.folder.names().contains("late")))
            await connection.close()
        }

        @Test func aCancellationIsAnsweredSoon() async throws {
            let fixture = try SSHFixture()
            let (connection, endless) = (try await fixture.connect(), fixture.endless)
            let running = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(endless, deadline: 600) }
            }
            try await fixture.isAtWork()
            // One that waits for its turn as well.
            let waiting = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 600) }
            }
            let start = ContinuousClock.now
            waiting.cancel()
            #expect(await waiting.value?.code == .stopped)
            running.cancel()
            #expect(await running.value?.code == .stopped)
            #expect(ContinuousClock.now - start < .seconds(60), "neither came to its own end")
            #expect(try await connection.run(["echo", "still here"], deadline: 60).status == 0)
            await connection.close()
        }

        @Test func oneAfterAnotherAndNoneForEver() async throws {
            let fixture = try SSHFixture(options: ["MaxSessions 2"])
            let (connection, endless) = (try await fixture.connect(), fixture.endless)
            let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask { text(try await connection.run(["echo", "\(number)"], deadline: 60).output) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(outputs == Set((0..<8).map { "\($0)\n" }))
            let long = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(endless, deadline: 600) }
            }
            try await fixture.isAtWork()
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 0.2) }
            #expect(ending?.message.contains("busy") == true)
            long.cancel()
            _ = await long.value
            // One given up and one at work are the two that a server has to allow.
            #expect(try await connection.run(["echo", "second"], deadline: 60).status == 0)
            await connection.close()
        }

        @Test func aClosedConnectionSaysSo() async throws {
            let fixture = try SSHFixture()
            let (connection, endless) = (try await fixture.connect(), fixture.endless)
            let running = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(endless, deadline: 600) }
            }
            try await fixture.isAtWork()
            await connection.close()
            #expect(await running.value?.code == .unreachable)
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 60) }
            #expect(ending?.message == SSHTurns.closed.message)
        }
    }
}
