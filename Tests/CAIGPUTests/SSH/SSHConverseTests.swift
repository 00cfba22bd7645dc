// Long conversations: much in both directions, errors beside, patience that ends.

import CAISystem
import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHConverseTests {
        @Test func muchOutputArrivesWhole() async throws {
            // So often a new key that it falls into the middle of everything.
            let fixture = try SSHFixture(options: ["RekeyLimit 8M"])
            let connection = try await fixture.connect()
            let size = 32 << 20
            let script = "head -c \(size) /dev/zero | tr '\\0' x; echo done >&2"
            let digest = try await connection.converse(["sh", "-c", script], patience: 60) { stream throws(GPUError) in
                try digestOfOutput(stream)
            }
            #expect(digest == SHA256.hex(of: [UInt8](repeating: UInt8(ascii: "x"), count: size)))
            await connection.close()
        }

        @Test func muchInputArrivesWhole() async throws {
            let fixture = try SSHFixture(options: ["RekeyLimit 8M"])
            let connection = try await fixture.connect()
            let bytes = noise(32 << 20, seed: 1)
            let answer = try await connection.converse(["sha256sum"], patience: 60) { stream throws(GPUError) in
                try send(bytes, to: stream)
                try stream.finishWriting()
                return try allOutput(of: stream)
            }
            #expect(text(answer).prefix(64) == SHA256.hex(of: bytes))
            await connection.close()
        }

        @Test func answersWhileWeWriteAreKept() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let bytes = noise(12 << 20, seed: 2)
            let echoed = try await connection.converse(["cat"], patience: 60) { stream throws(GPUError) in
                try send(bytes, to: stream)
                try stream.finishWriting()
                return try allOutput(of: stream)
            }
            #expect(echoed == bytes)
            await connection.close()
        }

        @Test func errorsWhileWeWriteDoNotStopIt() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let bytes = [UInt8](repeating: 120, count: 24 << 20)
            let ending = await failure { () throws(GPUError) in
                try await connection.converse(["sh", "-c", "cat >&2; echo the last words >&2; exit 3"], patience: 60) {
                    stream throws(GPUError) in
                    try send(bytes, to: stream)
                }
            }
            #expect(ending?.code == .jobFailed)
            #expect(ending?.cause?.hasSuffix("the last words") == true)
            await connection.close()
        }

        @Test func itIsADialogueToo() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let script = "while read word; do echo \"[$word]\"; done"
            let answers = try await connection.converse(["sh", "-c", script], patience: 60) { stream throws(GPUError) in
                var answers: [String] = []
                for word in ["one", "two", "three"] {
                    try send(Array("\(word)\n".utf8), to: stream)
                    answers.append(text(try someOutput(of: stream)))
                }
                return answers
            }
            #expect(answers == ["[one]\n", "[two]\n", "[three]\n"])
            await connection.close()
        }

        @Test func whoSaysNothingIsGivenUp() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let ending = await failure { () throws(GPUError) in
                _ = try await connection.converse(["sleep", "600"], patience: 2) { stream throws(GPUError) in
                    try allOutput(of: stream)
                }
            }
            #expect(ending?.code == .unreachable)
            #expect(try await connection.run(["echo", "still here"], deadline: 60).status == 0)
            await connection.close()
        }

        @Test(arguments: [true, false])
        func aFrozenServerIsNoticed(writing: Bool) async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let server = fixture.server
            let (words, said) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let talk = Task {
                await failure { () throws(GPUError) in
                    try await connection.converse(["sh", "-c", writing ? "cat > /dev/null" : "yes"], patience: 2) {
                        stream throws(GPUError) in
                        let bytes = [UInt8](repeating: 120, count: 1 << 16)
                        while true {
                            if writing { try send(bytes, to: stream) } else { _ = try someOutput(of: stream) }
                            said.yield()
                        }
                    }
                }
            }
            for await _ in words { break }
            server.freeze()
            #expect(await talk.value?.code == .unreachable)
            server.thaw()
            await connection.close()
        }

        @Test func aDroppedConnectionIsAnError() async throws {
            let fixture = try SSHFixture()
            let (connection, endless) = (try await fixture.connect(), fixture.endless)
            let talk = Task {
                await failure { () throws(GPUError) in
                    _ = try await connection.converse(endless, patience: 600) { stream throws(GPUError) in
                        try allOutput(of: stream)
                    }
                }
            }
            try await fixture.isAtWork()
            fixture.server.dropConnections()
            #expect(await talk.value?.code == .unreachable)
            // And it stays lost.
            let ending = await failure { () throws(GPUError) in _ = try await connection.run(["true"], deadline: 60) }
            #expect(ending?.message.contains("lost") == true)
            await connection.close()
        }

        @Test func whatTheBodyThrowsComesOut() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let ending = await failure { () throws(GPUError) in
                try await connection.converse(["cat"], patience: 60) { _ throws(GPUError) in
                    throw GPUError(.corrupt, "not good")
                }
            }
            #expect(ending?.code == .corrupt)
            #expect(try await connection.run(["echo", "still here"], deadline: 60).status == 0)
            await connection.close()
        }

        @Test func aCancellationEndsIt() async throws {
            let fixture = try SSHFixture()
            let (connection, endless) = (try await fixture.connect(), fixture.endless)
            let talk = Task {
                await failure { () throws(GPUError) in
                    _ = try await connection.converse(endless, patience: 600) { stream throws(GPUError) in
                        try allOutput(of: stream)
                    }
                }
            }
            try await fixture.isAtWork()
            let start = ContinuousClock.now
            talk.cancel()
            #expect(await talk.value?.code == .stopped)
            #expect(ContinuousClock.now - start < .seconds(60), "it did not come to its own end")
            await connection.close()
        }

        @Test func controlCharactersOfThePodAreNotShown() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let ending = await failure { () throws(GPUError) in
                try await connection.converse(["sh", "-c", "printf 'a\\033[31mb\\nc\\007' >&2; exit 1"], patience: 60) {
                    _ in
                }
            }
            #expect(ending?.cause == "a [31mb c")
            await connection.close()
        }
    }
}

func send(_ bytes: [UInt8], to stream: any CommandStream) throws(GPUError) {
    try bytes.withUnsafeBufferPointer { bytes throws(GPUError) in try stream.write(UnsafeRawBufferPointer(bytes)) }
}

func someOutput(of stream: any CommandStream) throws(GPUError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    return Array(buffer[..<(try stream.read(into: buffer))])
}

func allOutput(of stream: any CommandStream) throws(GPUError) -> [UInt8] {
    var output: [UInt8] = []
    while case let some = try someOutput(of: stream), !some.isEmpty { output += some }
    return output
}

func digestOfOutput(_ stream: any CommandStream) throws(GPUError) -> String {
    var hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while case let count = try stream.read(into: buffer), count > 0 {
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return hash.hexDigest()
}
