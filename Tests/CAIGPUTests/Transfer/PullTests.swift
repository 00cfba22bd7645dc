// Owns the tests of bringing files home: whole, only what differs, after interruptions, and never anything unproven.
// Never counts on how fast anything is.

import CAISystem
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

@Suite(.serialized) struct PullTests {
    private let folders: TransferFolders

    init() throws { folders = try TransferFolders() }

    @discardableResult
    private func pull(
        _ files: [TransferFile], with transfer: PodTransfer? = nil, bases: [FilePath] = []
    ) async throws(GPUError) -> TransferReport {
        try await (transfer ?? folders.transfer()).pull(
            files, from: folders.pod, to: folders.home, bases: bases, progress: { _ in })
    }

    private func expectEqual(_ files: [TransferFile]) throws {
        #expect(try folders.names(in: folders.home) == files.map(\.name).sorted())
        for file in files {
            #expect(SHA256.hex(of: try folders.bytes(file.name, in: folders.home)) == file.sha256, "\(file.name)")
        }
    }

    @Test func filesOfAllKindsComeHome() async throws {
        let names = [
            "a", "deep/er/and/deeper/file", "with space", "new\nline", "quo'te\"s", "$(id)", "ünï/cödé-日本", "-rf",
            ".hidden", "*",
            String(repeating: "n", count: 255),
        ]
        var files = try names.enumerated().map {
            try folders.write(noise($0 * 1000, seed: UInt64($0)), to: $1, in: folders.pod)
        }
        files.append(try folders.write(noise(9_500_001, seed: 99), to: "deep/large", in: folders.pod))
        files.append(try folders.write(noise(4 << 20, seed: 98), to: "exact", in: folders.pod))
        let report = try await pull(files)
        try expectEqual(files)
        let total = files.reduce(0) { $0 + $1.bytes }
        #expect(report.total == total && report.moved == total)
    }

    @Test func whatIsAtHomeIsNotMovedAgain() async throws {
        let files = try (0..<5).map {
            try folders.write(noise($0 * 70_000, seed: UInt64($0)), to: "d/\($0)", in: folders.pod)
        }
        try await pull(files)
        let again = try await pull(files, with: folders.transfer(over: NoConnection()))
        #expect(again.moved == 0)
        try expectEqual(files)
    }

    @Test func thousandsOfSmallFilesComeHome() async throws {
        let files = try (0..<2500).map {
            try folders.write(Array("file \($0)\n".utf8), to: "d\($0 % 7)/\($0)", in: folders.pod)
        }
        try await pull(files)
        try expectEqual(files)
    }

    /// 200 MiB of which most is a hole.
    @Test func aLargeSparseFileComesHome() async throws {
        try folders.write(noise(5000, seed: 1), to: "large", in: folders.pod)
        let open = try FileDescriptor.open(folders.pod.appending("large"), .readWrite)
        try open.writeAll(toAbsoluteOffset: (200 << 20) - 3, Array("end".utf8))
        try open.close()
        let digest = try SHA256.hex(ofFile: folders.pod.appending("large"))
        let file = TransferFile(name: "large", bytes: 200 << 20, sha256: digest)
        try await pull([file], with: folders.transfer(connections: 3))
        #expect(try SHA256.hex(ofFile: folders.home.appending("large")) == digest)
    }

    @Test(arguments: [false, true]) func onlyWhatDiffersIsMoved(isInPlace: Bool) async throws {
        var bytes = noise(20 << 20, seed: 5)
        let old = isInPlace ? folders.home : folders.folder["older"]
        try folders.write(bytes, to: "w/model", in: old)
        // 5% of the bytes, in runs at odd places.
        for run in 0..<20 {
            bytes.replaceSubrange(run << 20 | 777..<(run << 20 | 777) + 52_000, with: noise(52_000, seed: 9))
        }
        let file = try folders.write(bytes, to: "w/model", in: folders.pod)
        let report = try await pull([file], bases: isInPlace ? [] : [folders.folder["none"], old])
        #expect(report.moved > 1 << 20 && report.moved < file.bytes / 10)
        try expectEqual([file])
    }

    @Test func aShorterAndALongerVersionAreUsed() async throws {
        let bytes = noise(6_000_000, seed: 3)
        try folders.write(Array(bytes.prefix(5_000_001)), to: "f", in: folders.home)
        let longer = try folders.write(bytes, to: "f", in: folders.pod)
        #expect(try await pull([longer]).moved < 1_010_000)
        let shorter = try folders.write(Array(bytes.prefix(4_500_001)), to: "f", in: folders.pod)
        #expect(try await pull([shorter]).moved < 5000)
        try expectEqual([shorter])
    }

    @Test(arguments: 0..<6) func aLineThatIsCutAgainAndAgainBringsTheRestLater(seed: Int) async throws {
        let files = try (0..<16).map {
            try folders.write(
                noise($0 % 4 == 0 ? 9_000_000 : $0 * 9001, seed: UInt64($0)), to: "d/\($0)", in: folders.pod)
        }
        let lives = noise(8, seed: UInt64(seed)).enumerated().map { $0 * 300_000 + Int($1) * 20_000 }
        let scissors = Scissors(lives)
        let connection: any PodConnection = CutConnection(inner: folders.connection(), scissors: scissors)
        let transfer = folders.transfer(connections: 1 + seed % 3, over: connection)
        let report = try await pull(files, with: transfer)
        try expectEqual(files)
        // What was underway when the line was cut comes again, never more.
        #expect(report.moved <= report.total + 8 * 13 << 20)
    }

    @Test func anInterruptedPullGoesOnWhereItWas() async throws {
        let file = try folders.write(noise(40 << 20, seed: 4), to: "large", in: folders.pod)
        let line = StuckLine(over: folders.connection(), after: 20 << 20)
        let transfer = folders.transfer(connections: 1, over: line.connection)
        let underWay = Task { [self] in try await pull([file], with: transfer) }
        await line.isStuck()
        underWay.cancel()
        let error = await #expect(throws: GPUError.self) { try await underWay.value }
        #expect(error?.code == .stopped)
        let left = try folders.names(in: folders.home)
        #expect(left.count == 1 && left[0].hasPrefix(".caid-") && left[0].hasSuffix(".tmp"))
        #expect(try await pull([file]).moved < file.bytes)
        try expectEqual([file])
    }

    @Test func aFileThatIsNotWhatItsManifestSaysIsNotKept() async throws {
        var file = try folders.write(noise(5_000_000, seed: 6), to: "d/f", in: folders.pod)
        file.sha256 = SHA256.hex(of: "something else")
        let right = try folders.write([1, 2, 3], to: "d/right", in: folders.pod)
        let error = await #expect(throws: GPUError.self) { try await pull([file, right]) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("d/f") == true)
        try expectEqual([right])
    }
}
