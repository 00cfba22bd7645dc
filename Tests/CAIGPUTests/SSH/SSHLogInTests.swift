// With which keys one gets in, and what a person reads where one does not.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

extension SSHTests {
    struct SSHLogInTests {
        private func refusal(_ fixture: SSHFixture, key: FilePath?, agent: FilePath? = nil) async -> GPUError? {
            var settings = fixture.settings
            (settings.key, settings.agent) = (key, agent)
            return await failure { () throws(GPUError) in await (try SSHConnection.open(settings)).close() }
        }

        @Test func anECDSAKeyWorks() async throws {
            let fixture = try SSHFixture()
            let key = fixture.server.folder["ec"]
            try LoopbackSSHD.makeKey(key, type: "ecdsa")
            try fixture.server.authorize(publicKey: fixture.server.folder.text("ec.pub"))
            #expect(await refusal(fixture, key: key) == nil)
        }

        @Test func aMissingKeyIsNamed() async throws {
            let fixture = try SSHFixture()
            let ending = await refusal(fixture, key: fixture.server.folder["none"])
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("ssh-keygen -t ed25519 -f \(fixture.server.folder["none"])") == true)
        }

        @Test func aKeyThatOthersCanReadIsNotUsed() async throws {
            let fixture = try SSHFixture()
            chmod(fixture.server.key.string, 0o644)
            let ending = await refusal(fixture, key: fixture.server.key)
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("0644") == true)
            #expect(ending?.message.contains("chmod 600 \(fixture.server.key)") == true)
            chmod(fixture.server.key.string, 0o400)
            #expect(await refusal(fixture, key: fixture.server.key) == nil)
        }

        @Test func aLinkToAKeyWorks() async throws {
            let fixture = try SSHFixture()
            let link = fixture.server.folder["link"]
            #expect(symlink(fixture.server.key.string, link.string) == 0)
            #expect(await refusal(fixture, key: link) == nil)
        }

        @Test(arguments: [[], ["-m", "PEM"]])
        func anRSAKeyIsToldWhy(format: [String]) async throws {
            let fixture = try SSHFixture()
            let key = fixture.server.folder["rsa"]
            try LoopbackSSHD.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key.string] + format)
            let ending = await refusal(fixture, key: key)
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("RSA") == true)
            #expect(ending?.message.contains("ssh-keygen -t ed25519 -f ") == true)
        }

        @Test func aPassphraseIsForTheAgent() async throws {
            let fixture = try SSHFixture()
            let key = fixture.server.folder["locked"]
            try LoopbackSSHD.makeKey(key, passphrase: "secret words")
            let ending = await refusal(fixture, key: key)
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("ssh-add \(key)") == true)
        }

        @Test(arguments: [
            "", "nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            "ssh-ed25519 AAAA",
        ])
        func whatIsNoKeyIsSaidToBeNone(contents: String) async throws {
            let fixture = try SSHFixture()
            let key = try fixture.server.folder.write(contents, to: "bad")
            chmod(key.string, 0o600)
            #expect(await refusal(fixture, key: key)?.code == .auth)
        }

        @Test func aRefusedKeyIsNamedWithWhatToDo() async throws {
            let fixture = try SSHFixture()
            let key = fixture.server.folder["stranger"]
            try LoopbackSSHD.makeKey(key)
            let ending = await refusal(fixture, key: key)
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("\(key) (SHA256:") == true)
            #expect(ending?.message.contains("authorized_keys") == true)
        }

        @Test func aServerWithoutKeysIsToldApart() async throws {
            let fixture = try SSHFixture(options: ["PubkeyAuthentication no", "PasswordAuthentication yes"])
            let ending = await refusal(fixture, key: fixture.server.key)
            #expect(ending?.code == .auth)
            #expect(ending?.message.contains("password") == true)
        }

        @Test func theAgentsKeysWork() async throws {
            let fixture = try SSHFixture()
            let folder = fixture.server.folder
            let agent = try Agent(folder["agent"])
            #expect(await refusal(fixture, key: nil, agent: agent.socket)?.message.contains("ssh-add") == true)
            try LoopbackSSHD.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", folder["rsa"].string])
            try agent.add(folder["rsa"])
            #expect(await refusal(fixture, key: nil, agent: agent.socket)?.message.contains("ed25519") == true)
            for name in ["stranger", "ec"] {
                try LoopbackSSHD.makeKey(folder[name], type: "ecdsa")
                try agent.add(folder[name])
            }
            #expect(await refusal(fixture, key: nil, agent: agent.socket)?.message.contains("refuses") == true)
            try fixture.server.authorize(publicKey: folder.text("ec.pub"))
            #expect(await refusal(fixture, key: nil, agent: agent.socket) == nil)
            try agent.add(fixture.server.key)
            #expect(await refusal(fixture, key: nil, agent: agent.socket) == nil)
        }

        @Test func noAgentAndADeafOneAreTold() async throws {
            var fixture = try SSHFixture()
            #expect(await refusal(fixture, key: nil)?.code == .auth)
            let nobody = await refusal(fixture, key: nil, agent: fixture.server.folder["nobody"])
            #expect(nobody?.code == .auth)
            fixture.settings.connectTimeout = 3
            let deaf = try DeafSocket(fixture.server.folder["deaf"])
            #expect(await refusal(fixture, key: nil, agent: deaf.path)?.code == .unreachable)
        }
    }
}

/// An agent of its own.
private final class Agent {
    let socket: FilePath
    private var pid: Int32 = 0

    init(_ socket: FilePath) throws {
        self.socket = socket
        let words = try LoopbackSSHD.run("/usr/bin/ssh-agent", ["-s", "-a", socket.string])
        let number = words.split(separator: "SSH_AGENT_PID=").last?.prefix(while: \.isNumber) ?? ""
        pid = Int32(number) ?? 0
    }

    deinit { if pid > 0 { kill(pid, SIGTERM) } }

    func add(_ key: FilePath) throws {
        try LoopbackSSHD.run("/usr/bin/env", ["SSH_AUTH_SOCK=\(socket)", "ssh-add", "-q", key.string])
    }
}

/// A socket that takes connections and never says a word.
private final class DeafSocket {
    let path: FilePath
    private let descriptor: Int32

    init(_ path: FilePath) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.string.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, listen(descriptor, 4) == 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(descriptor) }
}
