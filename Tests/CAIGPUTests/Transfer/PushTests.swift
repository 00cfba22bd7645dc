// Owns the tests of taking files to the pod: whole, only what differs, after interruptions, and never anything unproven.
// Never counts on how fast anything is.

import CAISystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

@Suite(.serialized) struct PushTests {
    private let folders: TransferFolders

    init() throws { folders = try TransferFolders() }

    @discardableResult
    private func push(
        _ files: [TransferFile], with transfer: PodTransfer? = nil
    ) async throws(GPUError) -> TransferReport {
        try await (transfer ?? folders.transfer()).push(
            files, from: folders.home, to: folders.pod.appending("new/folder"), progress: { _ in })
    }

    private var target: FilePath { folders.pod.appending("new/folder") }

    private func expectEqual(_ files: [TransferFile]) throws {
        #expect(try folders.names(in: target) == files.map(\.name).sorted())
        for file in files {
            #expect(SHA256.hex(of: try folders.bytes(file.name, in: target)) == file.sha256, "\(file.name)")
        }
    }

    @Test func filesOfAllKindsArrive() async throws {
        let names = [
            "a", "deep/er/file", "with space", "new\nline", "quo'te\"s", "$(id)", "ünï/cödé-日本", "-rf", ".hidden",
        ]
        var files = try names.enumerated().map {
            try folders.write(noise($0 * 1000, seed: UInt64($0)), to: $1, in: folders.home)
        }
        files.append(try folders.write(noise(9_500_001, seed: 99), to: "deep/large", in: folders.home))
        files.append(try folders.write(noise(4 << 20, seed: 98), to: "exact", in: folders.home))
        let report = try await push(files)
        try expectEqual(files)
        let total = files.reduce(0) { $0 + $1.bytes }
        #expect(report.total == total && report.moved == total)
        #expect(try await push(files).moved == 0)
    }

    @Test func thousandsOfSmallFilesArrive() async throws {
        let files = try (0..<2500).map {
            try folders.write(Array("file \($0)\n".utf8), to: "d\($0 % 7)/\($0)", in: folders.home)
        }
        try await push(files)
        try expectEqual(files)
    }

    @Test func onlyWhatDiffersIsMoved() async throws {
        var bytes = noise(20 << 20, seed: 5)
        try await push([try folders.write(bytes, to: "w/model", in: folders.home)])
        for run in 0..<20 {
            bytes.replaceSubrange(run << 20 | 777..<(run << 20 | 777) + 52_000, with: noise(52_000, seed: 9))
        }
        let file = try folders.write(bytes, to: "w/model", in: folders.home)
        let report = try await push([file])
        #expect(report.moved > 1 << 20 && report.moved < file.bytes / 10)
        try expectEqual([file])
    }

    @Test(arguments: 0..<6) func aLineThatIsCutAgainAndAgainTakesTheRestLater(seed: Int) async throws {
        let files = try (0..<16).map {
            try folders.write(
                noise($0 % 4 == 0 ? 9_000_000 : $0 * 9001, seed: UInt64($0)), to: "d/\($0)", in: folders.home)
        }
        let lives = noise(8, seed: UInt64(seed)).enumerated().map { $0 * 300_000 + Int($1) * 20_000 }
        let connection: any PodConnection = CutConnection(inner: folders.connection(), scissors: Scissors(lives))
        let report = try await push(files, with: folders.transfer(connections: 1 + seed % 3, over: connection))
        try expectEqual(files)
        #expect(report.moved <= report.total + 8 * 13 << 20)
    }

    @Test func anInterruptedPushGoesOnWhereItWas() async throws {
        let file = try folders.write(noise(40 << 20, seed: 4), to: "large", in: folders.home)
        let line = StuckLine(over: folders.connection(), after: 20 << 20)
        let transfer = folders.transfer(connections: 1, over: line.connection)
        let underWay = Task { [self] in try await push([file], with: transfer) }
        await line.isStuck()
        underWay.cancel()
        let error = await #expect(throws: GPUError.self) { try await underWay.value }
        #expect(error?.code == .stopped)
        #expect(try await push([file]).moved < file.bytes)
        try expectEqual([file])
    }

    @Test func aFileThatIsNotWhatItsManifestSaysGetsNoName() async throws {
        for bytes in [5_000_000, 3000] {
            var file = try folders.write(noise(bytes, seed: 6), to: "d/f", in: folders.home)
            file.sha256 = SHA256.hex(of: "something else")
            let error = await #expect(throws: GPUError.self) { try await push([file]) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("d/f") == true)
            #expect(try folders.names(in: target) == [])
        }
        var grown = try folders.write(noise(300, seed: 6), to: "g", in: folders.home)
        grown.bytes = 299
        #expect(await #expect(throws: GPUError.self) { try await push([grown]) }?.code == .corrupt)
    }

    /// A link at home is not followed, nor one on the pod.
    @Test func linksLeadNowhere() async throws {
        let secret = try folders.folder.write("secret", to: "secret")
        try makeSymbolicLink(folders.home.appending("link"), to: secret)
        let file = TransferFile(name: "link", bytes: 6, sha256: SHA256.hex(of: "secret"))
        #expect(await #expect(throws: GPUError.self) { try await push([file]) }?.code == .corrupt)
        try folders.files.makeDirectories(target)
        try makeSymbolicLink(target.appending("out"), to: folders.home)
        let inside = try folders.write([1], to: "out/file", in: folders.home)
        #expect(await #expect(throws: GPUError.self) { try await push([inside]) }?.code == .corrupt)
        #expect(try folders.names(in: folders.home) == ["out/file"])
        try makeSymbolicLink(target.appending("over"), to: secret)
        let over = try folders.write([1, 2], to: "over", in: folders.home)
        try await push([over])
        #expect(try folders.folder.text("secret") == "secret")
        #expect(try folders.bytes("over", in: target) == [1, 2])
    }
}
