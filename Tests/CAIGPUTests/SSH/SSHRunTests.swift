// Commands over a real connection: their words, their ends, their bounds, their deadlines.

import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHRunTests {
        @Test func outputErrorsAndStatusStayApart() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["sh", "-c", "echo out; echo err >&2; cat; exit 7"], deadline: 20)
            #expect(text(result.output) == "out\n")
            #expect(text(result.errors) == "err\n")
            #expect(result.status == 7)
            await connection.close()
        }

        @Test func wordsArriveAsTheyAre() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["printf", "%s\u{2}"] + ShellCommandTests.hostile, deadline: 20)
            let words = text(result.output).split(separator: "\u{2}", omittingEmptySubsequences: false).dropLast().map(
                String.init)
            #expect(words == ShellCommandTests.hostile)
            await connection.close()
        }

        @Test(arguments: [("TERM", 143), ("KILL", 137), ("SEGV", 139), ("HUP", 129)])
        func aSignalIsToldAsAShellTellsIt(name: String, status: Int32) async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["sh", "-c", "kill -\(name) $$"], deadline: 20)
            #expect(result.status == status)
            let ending = await failure { () throws(GPUError) in
                try await connection.converse(["sh", "-c", "kill -\(name) $$"], patience: 20) { _ in }
            }
            #expect(ending?.code == .jobFailed)
            #expect(ending?.message.contains("status \(status)") == true)
            await connection.close()
        }

        @Test func aMissingProgramHasStatus127() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let result = try await connection.run(["no-such-program"], deadline: 20)
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
            #expect(try await connection.run(["echo", "still here"], deadline: 20).status == 0)
            await connection.close()
        }

        @Test func aPassedDeadlineEndsTheCommandAndNotTheConnection() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let mark = fixture.server.folder["late"]
            let command = ["sh", "-c", "sleep 5; touch \"$1\"", "sh", mark.string]
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(command, deadline: 0.3) }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("within 0.3 s") == true)
            #expect(try await connection.run(["echo", "still here"], deadline: 20).status == 0)
            // The other side ends it by itself, whether or not we are there.
            try await eventually {
                let found = try await connection.run(["pgrep", "-f", mark.string.dropLast() + "[e]"], deadline: 20)
                return found.status == 1
            }
            #expect(!(try fixture.server.folder.names().contains("late")))
            await connection.close()
        }

        @Test func aCancellationIsAnsweredSoon() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let running = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(["sleep", "60"], deadline: 100) }
            }
            // One that waits for its turn as well.
            let waiting = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 100) }
            }
            try await Task.sleep(for: .milliseconds(300))
            let start = ContinuousClock.now
            waiting.cancel()
            #expect(await waiting.value?.code == .stopped)
            running.cancel()
            #expect(await running.value?.code == .stopped)
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(try await connection.run(["echo", "still here"], deadline: 20).status == 0)
            await connection.close()
        }

        @Test func oneAfterAnotherAndNoneForEver() async throws {
            let fixture = try SSHFixture(options: ["MaxSessions 2"])
            let connection = try await fixture.connect()
            let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    group.addTask { text(try await connection.run(["echo", "\(number)"], deadline: 60).output) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(outputs == Set((0..<8).map { "\($0)\n" }))
            let long = Task { try await connection.run(["sleep", "3"], deadline: 60) }
            try await Task.sleep(for: .milliseconds(200))
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 0.2) }
            #expect(ending?.message.contains("busy") == true)
            #expect(try await long.value.status == 0)
            // One given up and one at work are the two that a server has to allow.
            _ = await failure { () throws(GPUError) in _ = try await connection.run(["sleep", "1"], deadline: 0.2) }
            #expect(try await connection.run(["echo", "second"], deadline: 20).status == 0)
            await connection.close()
        }

        @Test func aClosedConnectionSaysSo() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let running = Task {
                await failure { () throws(GPUError) in _ = try await connection.run(["sleep", "60"], deadline: 100) }
            }
            try await Task.sleep(for: .milliseconds(300))
            await connection.close()
            #expect(await running.value?.code == .unreachable)
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 20) }
            #expect(ending?.message == SSHTurns.closed.message)
        }
    }
}
