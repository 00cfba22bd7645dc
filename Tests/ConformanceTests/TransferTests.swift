// Owns that files cross both ways with each provider's connections: whole, resumed, and never believed without their digest.
// How fast, the benchmarks say.

import CAISystem
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension ConformanceTests {
    @Test(arguments: GroundKind.allCases) func filesGoThereAndBack(kind: GroundKind) async throws {
        try await kind.show { ground in
            let pod = try await ground.furnished()
            let transfer = ground.transfer(to: try await ground.machine())
            let files = RealFiles()
            let (here, there, back) = (ground.folder["here"], ground.workdir.appending("in"), ground.folder["back"])
            let list = try [("empty", 0), ("deep/er/small", 7), ("it's a name", 5000), ("large", 9_000_000)].map {
                try write(noise($1), to: $0, in: here)
            }
            let total = list.reduce(0) { $0 + $1.bytes }
            let pushed = try await transfer.push(list, from: here, to: there) { _ in }
            #expect((pushed.total, pushed.moved) == (total, total))
            for file in list { #expect(try SHA256.hex(ofFile: path(there, file.name)) == file.sha256) }
            #expect(
                try await transfer.push(list, from: here, to: there) { _ in }.moved == 0, "what is there is not sent")

            // What an interrupted one has brought is used by the next.
            let stop = Mutex<Task<TransferReport, any Error>?>(nil)
            let pull = Task {
                try await transfer.pull(list, from: there, to: back, bases: []) { progress in
                    if progress.done > 1_000_000 { stop.withLock { $0?.cancel() } }
                }
            }
            stop.withLock { $0 = pull }
            let first = try? await pull.value
            let second = try await transfer.pull(list, from: there, to: back, bases: []) { _ in }
            #expect(first != nil || second.moved < total)
            for file in list { #expect(try SHA256.hex(ofFile: path(back, file.name)) == file.sha256) }
            #expect(try files.files(below: back) == list.map(\.name).sorted())

            // A file that is not what its manifest says.
            var bytes = try files.read(path(there, "large"))
            bytes[4_500_000] ^= 1
            try write(bytes, to: "large", in: there)
            let home = ground.folder["home"]
            let corrupt = await #expect(throws: GPUError.self) {
                try await transfer.pull(list, from: there, to: home, bases: []) { _ in }
            }
            #expect(corrupt?.code == .corrupt && corrupt?.message.contains("large") == true)
            #expect(try files.status(path(home, "large")) == nil)
            // Of an older version here, only what differs is moved.
            let repaired = try await transfer.pull([list[3]], from: here, to: home, bases: [back]) { _ in }
            #expect(repaired.moved < total / 4)
            await pod.close()
        }
    }

    /// Writes a file and says what a manifest would.
    @discardableResult
    private func write(_ bytes: [UInt8], to name: String, in folder: FilePath) throws -> TransferFile {
        let path = path(folder, name)
        try RealFiles().makeDirectories(path.removingLastComponent())
        try RealFiles().writeAtomically(path, bytes: bytes)
        return TransferFile(name: name, bytes: Int64(bytes.count), sha256: SHA256.hex(of: bytes))
    }

    private func path(_ folder: FilePath, _ name: String) -> FilePath { FilePath("\(folder)/\(name)") }
}
