// Owns the tests of pods that lie: names that lead outside, links, endless and malformed answers, disks that are full.
// Never lets one write outside its folder.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

struct HostilePodTests {
    private let folders: TransferFolders

    init() throws { folders = try TransferFolders() }

    private func pull(_ files: [TransferFile], over connection: (any PodConnection)? = nil, free: Int64? = nil) async
        -> GPUError?
    {
        await #expect(throws: GPUError.self) {
            try await folders.transfer(over: connection, free: free).pull(
                files, from: folders.pod, to: folders.home, bases: [], progress: { _ in })
        }
    }

    private func file(_ name: String, bytes: Int64 = 10_000) -> TransferFile {
        TransferFile(name: name, bytes: bytes, sha256: String(repeating: "ab", count: 32))
    }

    @Test(arguments: [
        "", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", "./a", "a/.", "nul\0l",
        String(repeating: "n", count: 256),
    ])
    func namesThatLeadOutsideAreRefused(name: String) async throws {
        #expect(await pull([file(name)], over: NoConnection())?.code == .corrupt)
        let error = await #expect(throws: GPUError.self) {
            try await folders.transfer(over: NoConnection()).push(
                [file(name)], from: folders.home, to: folders.pod, progress: { _ in })
        }
        #expect(error?.code == .corrupt)
        #expect(try folders.names(in: folders.folder.path) == [])
    }

    @Test func listsThatMakeNoSenseAreRefused() async throws {
        #expect(await pull([file("a"), file("a")], over: NoConnection())?.code == .corrupt)
        #expect(await pull([file("a", bytes: -1)], over: NoConnection())?.code == .corrupt)
        #expect(await pull([file("a", bytes: .max), file("b", bytes: .max)], over: NoConnection())?.code == .corrupt)
        #expect(await pull([TransferFile(name: "a", bytes: 1, sha256: "AB")], over: NoConnection())?.code == .corrupt)
        #expect(
            await pull([TransferFile(name: "a", bytes: 0, sha256: file("a").sha256)], over: NoConnection())?.code
                == .corrupt)
    }

    @Test func linksLeadNowhere() async throws {
        let secret = try folders.folder.write("secret", to: "secret")
        let bytes = TransferFile(name: "out/file", bytes: 6, sha256: SHA256.hex(of: "secret"))
        // On the pod, as the file and as its folder.
        try makeSymbolicLink(folders.pod.appending("file"), to: secret)
        #expect(await pull([TransferFile(name: "file", bytes: 6, sha256: bytes.sha256)])?.code == .corrupt)
        try makeSymbolicLink(folders.pod.appending("out"), to: folders.folder.path)
        #expect(await pull([TransferFile(name: "out/secret", bytes: 6, sha256: bytes.sha256)])?.code == .corrupt)
        // At home.
        try makeSymbolicLink(folders.home.appending("through"), to: folders.pod)
        let through = try folders.write([1], to: "through/x", in: folders.folder["elsewhere"])
        #expect(await pull([through])?.code == .corrupt)
        #expect(try folders.folder.text("secret") == "secret")
    }

    @Test func aDiskWithoutRoomIsSeenBefore() async throws {
        let error = await pull([file("a", bytes: 1000)], over: NoConnection(), free: 999)
        #expect(error?.code == .noSpace)
        #expect(error?.message.contains("1000 bytes") == true && error?.message.contains("999") == true)
    }

    @Test func aFileThatIsGoneIsNamed() async throws {
        let error = await pull([file("gone")])
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("gone") == true)
    }

    private static let hello: [UInt8] = [0, 0, 0, 4, 0x61, 0, 0, 0, 1]

    @Test(
        arguments: [
            // More than was asked for; a run of nothing; the same as what was never offered; an unknown kind; far too long a frame.
            [0, 0, 0x40, 0, 0x64], [0, 0, 0, 0, 0x64], [0, 0, 0, 8, 0x73, 0, 0, 0, 0, 0, 0, 0x10, 0],
            [0, 0, 0, 0, 0x7a],
            [0xff, 0xff, 0xff, 0xff, 0x64], [0, 0, 0, 0, 0x65], [0, 0, 0, 1, 0x65, 99], [0, 0, 0, 0, 0x6b],
            [0, 0, 0, 1, 0x61, 0],
        ] as [[UInt8]])
    func malformedAnswersEndIt(answer: [UInt8]) async throws {
        let connection = ScriptedAgent(first: Self.hello, then: answer, endlessly: false)
        #expect(await pull([file("f")], over: connection)?.code == .corrupt)
        #expect(try folders.names(in: folders.home).allSatisfy { $0.hasSuffix(".tmp") })
    }

    @Test(arguments: [[0, 0, 0, 1, 0x64, 7], [0, 0, 0, 0, 0x6b], [0, 0, 0, 2, 0x65, 1, 0x41], [0]] as [[UInt8]])
    func endlessAnswersEndIt(answer: [UInt8]) async throws {
        let pulled = await pull([file("f")], over: ScriptedAgent(first: Self.hello, then: answer, endlessly: true))
        #expect(pulled?.code == .corrupt)
        #expect(try folders.names(in: folders.home).isEmpty || folders.files.status(folders.home)?.size ?? 0 < 1 << 20)
        let sent = try folders.write(noise(10_000, seed: 1), to: "sent", in: folders.home)
        let error = await #expect(throws: GPUError.self) {
            try await folders.transfer(over: ScriptedAgent(first: Self.hello, then: answer, endlessly: true)).push(
                [sent], from: folders.home, to: folders.pod, progress: { _ in })
        }
        #expect(error?.code == .corrupt)
    }

    @Test func anAgentThatEndsTooEarlyIsTriedAgainAndThenGivenUp() async throws {
        let error = await pull([file("f")], over: ScriptedAgent(first: [], then: [], endlessly: false))
        #expect(error?.code == .unreachable)
        #expect(await pull([file("f")], over: NoConnection())?.message == "the line is dead")
    }

    /// What an agent says is shown to people.
    @Test func controlCharactersAreNotShown() async throws {
        let words = Array("\u{1B}[2J gone\nforged: line\u{202E}".utf8)
        let answer = [0, 0, 0, UInt8(words.count + 1), 0x65, 1] + words
        let error = await pull([file("f")], over: ScriptedAgent(first: Self.hello, then: answer, endlessly: false))
        #expect(error?.cause == "[2J goneforged: line")
    }
}
