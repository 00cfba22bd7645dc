// Which hosts are let in, and what a person reads where one is not.

import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHHostKeyTests {
        private func fingerprint(_ server: LoopbackSSHD) throws -> String {
            let line = try LoopbackSSHD.run("/usr/bin/ssh-keygen", ["-lf", server.folder["host_key.pub"].string])
            return String(line.split(separator: " ")[1])
        }

        @Test func aKnownHostIsLetIn() async throws {
            let fixture = try SSHFixture()
            let connection = try await fixture.connect()
            #expect(await connection.hostKeyFingerprint == (try fingerprint(fixture.server)))
            await connection.close()
        }

        @Test(arguments: ["ecdsa"])
        func otherTypesOfKeyAsWell(type: String) async throws {
            let fixture = try SSHFixture(hostKeyType: type)
            let connection = try await fixture.connect()
            #expect(await connection.hostKeyFingerprint == (try fingerprint(fixture.server)))
            await connection.close()
        }

        @Test func anUnknownHostIsNot() async throws {
            let fixture = try SSHFixture()
            // The same host at port 22 says nothing of this one.
            try fixture.server.folder.write("127.0.0.1 \(try otherKey(fixture))\n", to: "known_hosts")
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .hostKey)
            #expect(ending?.message.contains(try fingerprint(fixture.server)) == true)
            // The command it names does what it says.
            let command = try #require(ending?.message.split(separator: "`").last { $0.hasPrefix("echo") })
            try LoopbackSSHD.run("/bin/sh", ["-c", String(command)])
            await (try fixture.connect()).close()
        }

        @Test func theFirstKeyIsKeptWhereThatIsWanted() async throws {
            var fixture = try SSHFixture()
            fixture.settings.hostKey.pinOnFirstUse = true
            let others =
                "# mine\nelsewhere \(try otherKey(fixture))\n@cert-authority *.x ssh-rsa AAAA\nnonsense\n\n|1|broken"
            try fixture.server.folder.write(others, to: "known_hosts")
            // Several at once keep it once.
            let settings = fixture.settings
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { await (try SSHConnection.open(settings)).close() } }
                try await group.waitForAll()
            }
            #expect(try fixture.server.folder.text("known_hosts") == others + "\n" + fixture.server.knownHostsLine)
            // And from then on it counts.
            try fixture.server.restart(newHostKey: true)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .hostKey)
        }

        @Test func aNewFileIsForItsOwnerAlone() async throws {
            var fixture = try SSHFixture()
            fixture.settings.hostKey = HostKeyPolicy(
                file: fixture.server.folder["new/known_hosts"], name: "my-pod", pinOnFirstUse: true)
            await (try fixture.connect()).close()
            #expect(try fixture.server.folder.text("new/known_hosts") == "my-pod \(fixture.server.hostKey)\n")
            let listing = try LoopbackSSHD.run("/usr/bin/stat", ["-c", "%a", fixture.settings.hostKey.file.string])
            #expect(listing == "600\n")
        }

        @Test(arguments: [false, true])
        func aChangedKeyIsNot(pinning: Bool) async throws {
            var fixture = try SSHFixture()
            fixture.settings.hostKey.pinOnFirstUse = pinning
            let old = try fingerprint(fixture.server)
            try fixture.server.restart(newHostKey: true)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .hostKey)
            #expect(ending?.message.contains(old) == true)
            #expect(ending?.message.contains(try fingerprint(fixture.server)) == true)
            // For a host that we made anew ourselves.
            try KnownHosts(fixture.settings.hostKey.file).forget(fixture.settings.hostKey.name)
            fixture.settings.hostKey.pinOnFirstUse = true
            await (try fixture.connect()).close()
        }

        @Test func aKeyOfAnotherTypeIsAChangedOne() async throws {
            var fixture = try SSHFixture()
            fixture.settings.hostKey.pinOnFirstUse = true
            try LoopbackSSHD.makeKey(fixture.server.folder["other"], type: "ecdsa")
            let other = try fixture.server.folder.text("other.pub").split(separator: " ").prefix(2).joined(
                separator: " ")
            try fixture.server.folder.write("\(fixture.settings.hostKey.name) \(other)\n", to: "known_hosts")
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .hostKey)
            #expect(ending?.message.contains("another key") == true)
        }

        @Test func aHostWithTwoKeysShowsTheKnownOne() async throws {
            let fixture = try SSHFixture(options: [])
            try LoopbackSSHD.makeKey(fixture.server.folder["second"], type: "ecdsa")
            let second = try SSHFixture(options: ["HostKey \(fixture.server.folder["second"])"])
            let key = try fixture.server.folder.text("second.pub").split(separator: " ").prefix(2).joined(
                separator: " ")
            try second.server.folder.write("\(second.settings.hostKey.name) \(key)\n", to: "known_hosts")
            await (try second.connect()).close()
        }

        @Test func hashedNamesCount() async throws {
            let fixture = try SSHFixture()
            let file = fixture.settings.hostKey.file
            try fixture.server.folder.write(
                "keep,this \(try otherKey(fixture))\n" + fixture.server.knownHostsLine, to: "known_hosts")
            try LoopbackSSHD.run("/usr/bin/ssh-keygen", ["-q", "-H", "-f", file.string])
            #expect(try fixture.server.folder.text("known_hosts").contains("127.0.0.1") == false)
            await (try fixture.connect()).close()
            try KnownHosts(file).forget(fixture.settings.hostKey.name)
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.message.contains("not known") == true)
            #expect(try LoopbackSSHD.run("/usr/bin/ssh-keygen", ["-F", "keep", "-f", file.string]).contains("found"))
        }

        @Test func forgettingKeepsTheOthers() throws {
            let folder = try TemporaryFolder()
            let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX4oqkPSiDW3a7w8p0RVRTZqCqrGcW5BRBKcoDHZbCz"
            let file = try folder.write(
                "# [h]:1\n[h]:1 \(key)\nother,[h]:1,third \(key) a comment\r\n[h]:11 \(key)\nh \(key)\nnot even a line",
                to: "known_hosts")
            try KnownHosts(file).forget("[h]:1")
            #expect(
                try folder.text("known_hosts")
                    == "# [h]:1\nother,third \(key) a comment\r\n[h]:11 \(key)\nh \(key)\nnot even a line")
        }

        @Test func aRevokedKeyIsNeverLetIn() async throws {
            let fixture = try SSHFixture()
            try fixture.server.folder.write(
                fixture.server.knownHostsLine + "@revoked * \(fixture.server.hostKey)\n", to: "known_hosts")
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .hostKey)
            #expect(ending?.message.contains("revoked") == true)
        }

        @Test func anRSAHostIsToldWhy() async throws {
            let fixture = try SSHFixture(hostKeyType: "rsa")
            let ending = await failure { () throws(GPUError) in _ = try await fixture.connect() }
            #expect(ending?.code == .unreachable)
            #expect(ending?.message.contains("RSA") == true)
            #expect(ending?.message.contains("ssh-keygen -A") == true)
        }

        private func otherKey(_ fixture: SSHFixture) throws -> String {
            let path = fixture.server.folder["elsewhere"]
            try LoopbackSSHD.makeKey(path)
            return try fixture.server.folder.text("elsewhere.pub").split(separator: " ").prefix(2).joined(
                separator: " ")
        }
    }
}
