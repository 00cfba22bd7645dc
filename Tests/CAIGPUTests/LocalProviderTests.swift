// Owns the tests of this machine as a pod: commands, deadlines, files, and hearing that a file grows.
// Never counts on how fast anything is.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct LocalProviderTests {
    private let folder: TemporaryFolder
    private let connection: any PodConnection

    init() throws {
        folder = try TemporaryFolder()
        connection = LocalConnection(
            workdir: folder.path, workerCommand: ["/bin/false"], environment: ["GREETING": "hello"])
    }

    private func shell(_ script: String, deadline: Double = 60) async throws(GPUError) -> CommandResult {
        try await connection.run(["/bin/sh", "-c", script], deadline: deadline)
    }

    @Test func aCommandsStatusAndWordsComeBack() async throws {
        let result = try await shell("echo out; echo err >&2; exit 7")
        #expect(result.status == 7)
        #expect(result.output == Array("out\n".utf8))
        #expect(result.errors == Array("err\n".utf8))
        #expect(try await shell("kill -9 $$").status == 137)
    }

    @Test func aCommandSeesItsEnvironmentAndNothingElse() async throws {
        let result = try await connection.run(["/usr/bin/env"], deadline: 60)
        #expect(String(decoding: result.output, as: UTF8.self) == "GREETING=hello\n")
        #expect(try await shell("cat").output == [], "no standard input")
    }

    @Test func argumentsReachNoShell() async throws {
        let result = try await connection.run(["/bin/echo", "$(id)", "a b", "*"], deadline: 60)
        #expect(String(decoding: result.output, as: UTF8.self) == "$(id) a b *\n")
    }

    @Test func aCommandThatIsNotThereSaysSo() async throws {
        let error = await #expect(throws: GPUError.self) { try await connection.run(["/none/at/all"], deadline: 60) }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("/none/at/all") == true)
        await #expect(throws: GPUError.self) { try await connection.run([], deadline: 60) }
    }

    @Test func aCommandPastItsDeadlineIsKilled() async throws {
        let pid = folder["pid"]
        let error = await #expect(throws: GPUError.self) {
            try await shell("echo $$ > \(pid); exec sleep 600", deadline: 1)
        }
        #expect(error?.code == .unreachable)
        #expect(error?.cause?.contains("no answer within 1 s") == true)
        let number = try folder.text("pid").filter(\.isNumber)
        #expect(try RealFiles().status(FilePath("/proc/\(number)")) == nil, "it runs no more")
    }

    /// The child of the command keeps its output open for longer than anybody waits.
    @Test func aCommandsOwnChildrenDoNotOutliveTheDeadline() async throws {
        await #expect(throws: GPUError.self) {
            try await shell("sleep 600 & echo $! > \(folder["pid"]); wait", deadline: 1)
        }
        let number = try folder.text("pid").filter(\.isNumber)
        let stat = try? folder.text("/proc/\(number)/stat")
        #expect(stat == nil || stat?.contains(") Z ") == true, "gone, or about to be collected")
    }

    @Test func filesAreReadFromAnOffset() async throws {
        let path = try folder.write("0123456789", to: "file")
        #expect(try await connection.read(path, from: 0, limit: 4) == Array("0123".utf8))
        #expect(try await connection.read(path, from: 8, limit: 4) == Array("89".utf8))
        #expect(try await connection.read(path, from: 10, limit: 4) == [])
        #expect(try await connection.read(path, from: 99, limit: 4) == [])
        #expect(try await connection.read(folder["none"], from: 0, limit: 4) == [])
        await #expect(throws: GPUError.self) { try await connection.read(folder.path, from: 0, limit: 4) }
    }

    @Test func filesComeAndGoWhole() async throws {
        let local = try folder.write("text", to: "local")
        try await connection.makeFolder(folder["pod/a/b"])
        try await connection.upload(local, to: folder["pod/a/b/file"])
        try await connection.upload(bytes: Array("bytes".utf8), to: folder["pod/bytes"])
        try await connection.download(folder["pod/a/b/file"], to: folder["home"])
        #expect(try folder.names() == ["home", "local", "pod/a/b/file", "pod/bytes"])
        #expect(try folder.text("home") == "text" && folder.text("pod/bytes") == "bytes")
        let error = await #expect(throws: GPUError.self) {
            try await connection.download(folder["pod/none"], to: folder["none"])
        }
        #expect(error?.message.contains("pod/none") == true)
        #expect(try folder.names().count == 4)
    }

    @Test func anAppendAndACloseAreHeard() async throws {
        let path = try folder.write("", to: "job/events.jsonl")
        // Never by the timer.
        var changes = connection.changes(of: path, atLeastEvery: 86_400).makeAsyncIterator()
        let writer = try FileDescriptor.open(path, .writeOnly, options: [.append])
        try writer.writeAll(Array("line\n".utf8))
        #expect(await changes.next() != nil)
        try writer.close()
        #expect(await changes.next() != nil)
    }

    @Test func silenceIsBrokenByTheTimer() async throws {
        let path = try folder.write("", to: "job/events.jsonl")
        var changes = connection.changes(of: path, atLeastEvery: 0.01).makeAsyncIterator()
        #expect(await changes.next() != nil)
        #expect(await changes.next() != nil)
    }
}
