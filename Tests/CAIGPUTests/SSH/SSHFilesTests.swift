// Small files over a real connection: whole or not at all, under any name.

import CAISystem
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHFilesTests {
        static let names = ["plain", "two words", "a'b\"c", "$HOME `id` $(id)", "-rf", "new\nline", "日本", "*", "a\\b"]

        @Test(arguments: names)
        func whatIsWrittenIsRead(name: String) async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            let folder = connection.workdir.appending("deep").appending(name)
            try await connection.makeFolder(folder)
            try await connection.makeFolder(folder)
            let (path, bytes) = (folder.appending(name), (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await connection.upload(bytes: [1, 2, 3], to: path)
            try await connection.upload(bytes: bytes, to: path)
            #expect(try RealFiles().list(folder) == [name])
            #expect(try await connection.read(path, from: 0, limit: 1 << 20) == bytes)
            #expect(try await connection.read(path, from: 99_990, limit: 4) == Array(bytes[99_990..<99_994]))
            #expect(try await connection.read(path, from: 100_000, limit: 10) == [])
            #expect(try await connection.read(path, from: 200_000, limit: 10) == [])
            await connection.close()
        }

        @Test func emptyAndMissingFilesAreEmpty() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            try await connection.makeFolder(connection.workdir)
            let path = connection.workdir.appending("empty")
            #expect(try await connection.read(path, from: 0, limit: 10) == [])
            try await connection.upload(bytes: [], to: path)
            #expect(try RealFiles().status(path)?.size == 0)
            #expect(try await connection.read(path, from: 0, limit: 10) == [])
            await connection.close()
        }

        @Test func whatIsNoFileIsSaidToBeNone() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            try await connection.makeFolder(connection.workdir)
            let (link, pipe) = (connection.workdir.appending("link"), connection.workdir.appending("pipe"))
            #expect(symlink("/etc/passwd", link.string) == 0)
            #expect(mkfifo(pipe.string, 0o600) == 0)
            for path in [link, pipe, connection.workdir] {
                let ending = await failure { () throws(GPUError) in
                    _ = try await connection.read(path, from: 0, limit: 10)
                }
                #expect(ending?.code == .jobFailed)
                #expect(ending?.cause?.contains("not a regular file") == true)
            }
            // Nor is a folder's content replaced, or a file put into it.
            let ending = await failure { () throws(GPUError) in
                try await connection.upload(bytes: [1], to: connection.workdir)
            }
            #expect(ending?.code == .jobFailed)
            #expect(try RealFiles().list(connection.workdir).sorted() == ["link", "pipe"])
            await connection.close()
        }

        @Test func whatIsBrokenOffLeavesTheOldFile() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            try await connection.makeFolder(connection.workdir)
            let path = connection.workdir.appending("file")
            try await connection.upload(bytes: Array("old".utf8), to: path)
            let writing = Task {
                try await connection.upload(bytes: [UInt8](repeating: 7, count: 512 << 20), to: path)
            }
            // Something has arrived, and much is missing.
            try await eventually { try RealFiles().list(connection.workdir).count == 2 }
            writing.cancel()
            _ = await writing.result
            await connection.close()
            try await eventually { try RealFiles().list(connection.workdir) == ["file"] }
            #expect(try RealFiles().read(path) == Array("old".utf8))
        }

        @Test func changesAreToldAndEndWithTheConnection() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            try await connection.makeFolder(connection.workdir)
            let path = connection.workdir.appending("events")
            var changes = connection.changes(of: path, atLeastEvery: 60).makeAsyncIterator()
            #expect(await changes.next() != nil)
            try await connection.upload(bytes: [1], to: path)
            #expect(await changes.next() != nil)
            // In a connection of its own, which ends with this one.
            #expect(fixture.server.connections == 2)
            await connection.close()
            while await changes.next() != nil {}
            try await eventually { fixture.server.connections == 0 }
        }

        @Test func changesAreToldFromTimeToTime() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            #expect(await count(4, connection.changes(of: "/nowhere", atLeastEvery: 0.1)) == 4)
            // Whoever stops listening ends the connection.
            try await eventually { fixture.server.connections == 1 }
            await connection.close()
        }
    }
}

/// Listens until so many elements have come.
private func count(_ enough: Int, _ changes: consuming AsyncStream<Void>) async -> Int {
    var count = 0
    for await _ in changes {
        count += 1
        if count == enough { break }
    }
    return count
}
