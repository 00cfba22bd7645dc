// Owns what commands and small files do over a connection, on every provider.
// Never counts on how fast anything is.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension ConformanceTests {
    @Test(arguments: GroundKind.allCases) func commandsRunAsTheyAreSaid(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.connect()
            func shell(_ script: String, deadline: Double = 60) async throws(GPUError) -> CommandResult {
                try await pod.run(["/bin/sh", "-c", script], deadline: deadline)
            }
            let result = try await shell("echo out; echo err >&2; exit 7")
            #expect((result.status, text(result.output), text(result.errors)) == (7, "out\n", "err\n"))
            #expect(try await shell("kill -9 $$").status == 137)
            #expect(try await shell("cat").output == [], "there is no standard input")
            #expect(try await pod.run(["/usr/bin/env", "none-such-program"], deadline: 60).status == 127)
            let odd = [
                "a b", "", "it's", #""quoted""#, "$(id) `id` $HOME", "*", "line\nbreak", "tab\t", "\\", "ä€", "-n", "~",
            ]
            let words = try await pod.run(["/usr/bin/printf", "%s\\0"] + odd, deadline: 60)
            #expect(words.output == odd.flatMap { Array($0.utf8) + [0] })
            let large = try await shell("head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2")
            #expect((large.output.count, large.errors.count) == (3_000_000, 300_000))
            await #expect(throws: GPUError.self) { try await pod.run([], deadline: 60) }
            await #expect(throws: GPUError.self) { try await shell("exec cat /dev/zero") }

            let pid = ground.folder["pid"]
            let late = await #expect(throws: GPUError.self) {
                try await shell("echo $$ > \(pid); exec sleep 600", deadline: 1)
            }
            #expect(late?.code == .unreachable)
            // The connection may be spent by that; a new one is not.
            await pod.close()
            let again = try await ground.connect()
            #expect(try await again.run(["/bin/echo", "here"], deadline: 60).status == 0)
            let number = try ground.folder.text("pid").filter(\.isNumber)
            try await eventually("the command past its deadline ends") {
                try RealFiles().status(FilePath("/proc/\(number)")) == nil
            }
            await again.close()
        }
    }

    @Test(arguments: GroundKind.allCases) func conversationsGoBothWays(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.connect()
            // As much as a pipe holds: who says more has to listen meanwhile.
            let bytes = noise(50_000)
            let answer = try await pod.converse(["/bin/sh", "-c", "echo hello; exec cat"], patience: 60) {
                stream throws(GPUError) in
                try stream.write(bytes)
                try stream.finishWriting()
                return try stream.readAll(limit: 1 << 20)
            }
            #expect(answer == Array("hello\n".utf8) + bytes)
            let failed = await #expect(throws: GPUError.self) {
                try await pod.converse(["/bin/sh", "-c", "echo the last words >&2; exit 3"], patience: 60) { _ in }
            }
            #expect(failed?.code == .jobFailed)
            #expect(failed?.message.contains("status 3") == true && failed?.cause?.contains("the last words") == true)
            let silent = await #expect(throws: GPUError.self) {
                try await pod.converse(["/bin/sleep", "600"], patience: 0.5) { stream throws(GPUError) in
                    try stream.readAll(limit: 1)
                }
            }
            #expect(silent?.code == .unreachable)
            await pod.close()
        }
    }

    @Test(arguments: GroundKind.allCases) func aCancelledConversationStops(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.connect()
            let (words, said) = AsyncStream<Void>.makeStream()
            let talk = Task {
                try await pod.converse(["/bin/sh", "-c", "echo word; exec sleep 600"], patience: 600) {
                    stream throws(GPUError) in
                    _ = try stream.readLine(limit: 100)
                    said.yield()
                    return try stream.readAll(limit: 1)
                }
            }
            for await _ in words { break }
            talk.cancel()
            let error = await #expect(throws: GPUError.self) { try await talk.value }
            #expect(error?.code == .stopped)
            await pod.close()
        }
    }

    @Test(arguments: GroundKind.allCases) func smallFilesAreWholeOrNotThere(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.connect()
            let (folder, files) = (ground.workdir.appending("a").appending("it's b"), RealFiles())
            try await pod.makeFolder(folder)
            try await pod.makeFolder(folder)
            let path = folder.appending("file")
            #expect(try await pod.read(path, from: 0, limit: 10) == [], "no such file yet")
            try await pod.upload(bytes: Array("old".utf8), to: path)
            try await pod.upload(bytes: Array("0123456789".utf8), to: path)
            #expect(try files.list(folder) == ["file"], "nothing else is left")
            #expect(text(try files.read(path)) == "0123456789")
            #expect(text(try await pod.read(path, from: 0, limit: 4)) == "0123")
            #expect(text(try await pod.read(path, from: 8, limit: 4)) == "89")
            #expect(try await pod.read(path, from: 10, limit: 4) == [])
            #expect(try await pod.read(path, from: 99, limit: 4) == [])
            let bytes = noise(1_000_000)
            try await pod.upload(bytes: bytes, to: path)
            #expect(try await pod.read(path, from: 0, limit: 2_000_000) == bytes)

            await #expect(throws: GPUError.self) { try await pod.upload(bytes: [1], to: folder.appending("none/file")) }
            await #expect(throws: GPUError.self) { try await pod.upload(bytes: [1], to: folder) }
            #expect(try files.list(folder) == ["file"], "what failed leaves nothing")
            try makeSymbolicLink(folder.appending("link"), to: "/etc/passwd")
            await #expect(throws: GPUError.self) { try await pod.read(folder.appending("link"), from: 0, limit: 10) }
            await #expect(throws: GPUError.self) { try await pod.read(folder, from: 0, limit: 10) }
            await #expect(throws: GPUError.self) { try await pod.makeFolder(path.appending("below")) }
            await pod.close()
        }
    }

    @Test(arguments: GroundKind.allCases) func changesAreHeard(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.connect()
            let path = ground.workdir.appending("job").appending("events.jsonl")
            try await pod.makeFolder(path.removingLastComponent())
            try await pod.upload(bytes: [], to: path)
            // Never by the timer.
            var changes = pod.changes(of: path, atLeastEvery: 86_400).makeAsyncIterator()
            let writer = try FileDescriptor.open(path, .writeOnly, options: [.append])
            var size = 0
            for line in ["one\n", "two\n", "three\n"] {
                size += try writer.writeAll(Array(line.utf8))
                // Each signal means: look. What is told once may be more than one change.
                while try await pod.read(path, from: 0, limit: 100).count < size {
                    try #require(await changes.next() != nil)
                }
            }
            try writer.close()
            var regular = pod.changes(of: path, atLeastEvery: 0.05).makeAsyncIterator()
            for _ in 0..<3 { #expect(await regular.next() != nil, "silence is broken by the timer") }
            await pod.close()
        }
    }

    @Test(arguments: GroundKind.allCases) func aLostConnectionSaysSoAndANewOneWorks(kind: GroundKind) async throws {
        try await kind.show { ground in
            guard ground.provider.features.isRemote else { return }
            let pod = try await ground.connect()
            let changes = pod.changes(of: ground.workdir, atLeastEvery: 86_400)
            try await ground.dropConnections()
            let lost = await #expect(throws: GPUError.self) {
                for _ in 0..<100 {
                    _ = try await pod.run(["/bin/true"], deadline: 20)
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(lost?.code == .unreachable)
            await pod.close()
            for await _ in changes {}
            let again = try await ground.connectWhenReady()
            #expect(try await again.run(["/bin/true"], deadline: 20).status == 0)
            await again.close()
        }
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Bytes of which no two blocks of 64 KiB are the same.
func noise(_ count: Int) -> [UInt8] {
    let block = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 37 &>> 3) }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += [UInt8(bytes.count >> 16)] + block.dropFirst() }
    return Array(bytes.prefix(count))
}

/// Waits until something is so; at most half a minute.
func eventually(_ what: Comment, _ body: () async throws -> Bool) async throws {
    for _ in 0..<1500 {
        if try await body() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what)
}
