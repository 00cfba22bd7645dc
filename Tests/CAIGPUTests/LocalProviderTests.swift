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

    /// Processes that have the test's folder in their words.
    private func processes() throws -> [String] {
        try RealFiles().list("/proc").filter { name in
            guard name.allSatisfy(\.isNumber) else { return false }
            let words = try? RealFiles().read(FilePath("/proc/\(name)/cmdline"))
            return words.map { String(decoding: $0, as: UTF8.self).contains(folder.path.string) } ?? false
        }
    }

    @Test func aCommandPastItsDeadlineIsKilled() async throws {
        let error = await #expect(throws: GPUError.self) {
            try await connection.run(["/bin/sh", "-c", "sleep 600; :", folder.path.string], deadline: 1)
        }
        #expect(error?.code == .unreachable)
        #expect(error?.cause?.contains("no answer within 1 s") == true)
        #expect(try processes() == [], "it runs no more")
    }

    /// The child of the command keeps its output open for longer than anybody waits.
    @Test func aCommandsOwnChildrenDoNotOutliveTheDeadline() async throws {
        let child = "/bin/sh -c 'sleep 600; :' \(folder.path)"
        await #expect(throws: GPUError.self) { try await shell("\(child) & wait", deadline: 1) }
        try await eventually { try processes() == [] }
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

    @Test func bytesAndFoldersArriveWhole() async throws {
        try await connection.makeFolder(folder["pod/a/b"])
        try await connection.upload(bytes: Array("old".utf8), to: folder["pod/a/b/file"])
        try await connection.upload(bytes: Array("bytes".utf8), to: folder["pod/a/b/file"])
        #expect(try folder.names() == ["pod/a/b/file"])
        #expect(try folder.text("pod/a/b/file") == "bytes")
        let error = await #expect(throws: GPUError.self) {
            try await connection.upload(bytes: [], to: folder["none/file"])
        }
        #expect(error?.message.contains("none/file") == true)
    }

    /// This machine runs, costs nothing, and is never stopped from here.
    @Test func theMachineIsThere() async throws {
        let provider = LocalProvider(workdir: folder.path, workerCommand: ["/bin/false"], environment: [:])
        #expect(provider.features == ProviderFeatures(stopsMachines: false, bills: false, isRemote: false))
        let machine = try await provider.machine()
        #expect(machine == Machine(id: "local", status: .running))
        #expect(machine.usdPerHour == 0 && machine.storageUSDPerHour == 0)
        try await provider.start()
        #expect(await #expect(throws: GPUError.self) { try await provider.stop() }?.code == .refused)
        #expect(await #expect(throws: GPUError.self) { try await provider.terminate() }?.code == .refused)
        #expect(try await provider.connect(to: machine).workdir == folder.path)
    }

    private func talk<Answer: Sendable>(
        _ script: String, patience: Double = 60,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        try await connection.converse(["/bin/sh", "-c", script], patience: patience, body)
    }

    private static func read(_ stream: any CommandStream, upTo limit: Int = 1 << 20) throws(GPUError) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while all.count < limit {
            let result = buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(GPUError) in try stream.read(into: bytes) }
            }
            let count = try result.get()
            if count == 0 { break }
            all += buffer[..<count]
        }
        return all
    }

    private static func write(_ bytes: [UInt8], to stream: any CommandStream) throws(GPUError) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(GPUError) in try stream.write(bytes) } }
        try result.get()
    }

    @Test func aConversationGoesBothWays() async throws {
        let bytes = [UInt8](repeating: 7, count: 50_000)
        let answer = try await talk("echo $GREETING; exec cat") { stream throws(GPUError) in
            try Self.write(bytes, to: stream)
            try stream.finishWriting()
            return try Self.read(stream)
        }
        #expect(answer == Array("hello\n".utf8) + bytes)
    }

    @Test func aCommandThatFailsHasTheLastWord() async throws {
        let error = await #expect(throws: GPUError.self) {
            try await talk("i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i + 1)); done; exit 3") { _ in }
        }
        #expect(error?.code == .jobFailed)
        #expect(error?.message.contains("status 3") == true)
        #expect(error?.cause?.hasSuffix("line 19999\n") == true)
        #expect((error?.cause?.utf8.count ?? 0) <= 2000)
    }

    @Test func aCommandThatIsGoneTakesNoMoreInput() async throws {
        let error = await #expect(throws: GPUError.self) {
            try await talk("echo over >&2; exit 1") { stream throws(GPUError) in
                while true { try Self.write([UInt8](repeating: 0, count: 1 << 16), to: stream) }
            }
        }
        #expect(error?.code == .unreachable)
        #expect(error?.cause == "over\n")
        let missing = await #expect(throws: GPUError.self) {
            try await connection.converse(["/none/at/all"], patience: 1) { _ in }
        }
        #expect(missing?.code == .unreachable)
    }

    @Test func patienceEndsAndTakesTheCommandWithIt() async throws {
        let error = await #expect(throws: GPUError.self) {
            try await talk("sleep 600 & : \(folder.path); wait", patience: 0.3) { stream throws(GPUError) in
                try Self.read(stream)
            }
        }
        #expect(error?.code == .unreachable)
        #expect(try processes() == [], "it runs no more")
    }

    @Test func aCancelledConversationStops() async throws {
        let (words, said) = AsyncStream<Void>.makeStream()
        let conversation = Task { [self] in
            try await talk("echo word; exec sleep 600") { stream throws(GPUError) in
                _ = try Self.read(stream, upTo: 1)
                said.yield()
                return try Self.read(stream)
            }
        }
        for await _ in words { break }
        conversation.cancel()
        let error = await #expect(throws: GPUError.self) { try await conversation.value }
        #expect(error?.code == .stopped)
    }

    @Test func whatTheBodyThrowsEndsTheConversation() async throws {
        let error = await #expect(throws: GPUError.self) {
            try await talk("exec sleep 600") { _ throws(GPUError) in throw GPUError(.corrupt, "no") }
        }
        #expect(error?.code == .corrupt)
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
