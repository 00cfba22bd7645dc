// Owns the tests of `caid doctor` on the way to a pod: a real sshd and the simulator of RunPod, each with one thing wrong. Of one
// cause there is one message, with what to do.

import CAISystem
import CAIWorkflow
import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

/// A workspace with a home folder of its own.
private struct Ground {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "home/.ssh/known_hosts")
    }

    /// The findings about the pod.
    func examine(_ pod: String, _ environment: [String: String] = [:]) async throws -> [Diagnosis] {
        try folder.write("pod:\n\(pod)\n", to: "cai.yaml")
        let home = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder["home"].string]
        let all = await Examination(
            folder: folder.path, environment: home.merging(environment) { $1 },
            workspace: Workspace(root: folder.path)
        ).run()
        let first = try #require(all.firstIndex { $0.name == "git" })
        #expect(all[...first].allSatisfy { $0.state != .bad }, "this machine is fit")
        return Array(all[all.index(after: first)...])
    }

    /// The one finding that is bad.
    func only(_ found: [Diagnosis]) throws -> Diagnosis {
        let bad = found.filter { $0.state == .bad }
        #expect(bad.count == 1, "\(found)")
        return try #require(bad.first)
    }
}

@Suite(.serialized)
struct DoctorSSHTests {
    private let ground: Ground
    private let sshd: LoopbackSSHD

    init() throws {
        (ground, sshd) = (try Ground(), try LoopbackSSHD())
        try ground.folder.write(sshd.knownHostsLine, to: "home/.ssh/known_hosts")
    }

    private func examine(key: FilePath? = nil, more: String = "") async throws -> [Diagnosis] {
        try await ground.examine(
            """
              provider: ssh
              ssh: {host: 127.0.0.1, port: \(sshd.port), user: \(sshd.user), key: \(key ?? sshd.key), workdir: /nowhere/yet\(more)}
            """)
    }

    @Test func aWayThatIsOpenIsGoneToItsEnd() async throws {
        let found = try await examine()
        #expect(found.map(\.name) == ["ssh key", "ssh port", "host key", "login", "pod disk", "pod python"])
        #expect(found.allSatisfy { $0.state != .bad }, "\(found)")
        #expect(found[0].words.contains("ssh-ed25519") && found[2].words.contains("SHA256:"))
        #expect(found[4].words.hasPrefix("/nowhere/yet: ") && found[5].words.hasPrefix("Python 3."))
    }

    @Test func anRSAKey() async throws {
        let key = ground.folder["rsa"]
        try LoopbackSSHD.makeKey(key, type: "rsa")
        let bad = try ground.only(await examine(key: key))
        #expect(bad.name == "ssh key" && bad.words.contains("is an RSA key, which libssh2"))
        #expect(bad.words.contains("`ssh-keygen -t ed25519 -f "))
    }

    @Test func aKeyThatOthersCanRead() async throws {
        chmod(sshd.key.string, 0o644)
        let bad = try ground.only(await examine())
        #expect(bad.name == "ssh key" && bad.words.contains("(mode 0644); run `chmod 600 \(sshd.key)`"))
    }

    @Test func aKeyThatIsNotThere() async throws {
        guard SSHSettings.agentOfThisProcess == nil else { return }
        let bad = try ground.only(await examine(key: ground.folder["none"]))
        #expect(bad.name == "ssh key" && bad.words.contains("ssh-keygen -t ed25519"))
    }

    @Test func anUnknownHost() async throws {
        try ground.folder.write("", to: "home/.ssh/known_hosts")
        let bad = try ground.only(await examine())
        #expect(bad.name == "host key" && bad.words.contains("is not known. It shows the ssh-ed25519 key SHA256:"))
        #expect(bad.words.contains(">> ") && bad.words.contains("home/.ssh/known_hosts"))
    }

    @Test func aHostThatWouldBePinnedIsNotPinnedByLooking() async throws {
        try ground.folder.write("", to: "home/.ssh/known_hosts")
        let found = try await examine(more: ", pin_on_first_use: true")
        #expect(found.first { $0.name == "host key" }?.state == .warn && found.allSatisfy { $0.state != .bad })
        #expect(try ground.folder.text("home/.ssh/known_hosts").isEmpty)
    }

    @Test func aHostWithAnotherKeyThanBefore() async throws {
        try sshd.restart(newHostKey: true)
        for more in ["", ", pin_on_first_use: true"] {
            let bad = try ground.only(await examine(more: more))
            #expect(bad.name == "host key" && bad.words.contains("shows another key than before"))
        }
    }

    @Test func aPortWhereNobodyAnswers() async throws {
        sshd.stop()
        let bad = try ground.only(await examine())
        #expect(bad.name == "ssh port" && bad.words.contains("nothing listens at 127.0.0.1 port \(sshd.port)"))
        #expect(bad.remedy?.contains("pod.ssh") == true)
    }

    @Test func aKeyThatIsNotLetIn() async throws {
        let key = ground.folder["other"]
        try LoopbackSSHD.makeKey(key)
        let bad = try ground.only(await examine(key: key))
        #expect(bad.name == "login" && bad.words.contains("authorized_keys"))
    }
}

@Suite(.serialized)
struct DoctorRunPodTests {
    private let ground: Ground
    private let key: SSHKey

    init() throws {
        ground = try Ground()
        key = try SSHKey(in: ground.folder)
    }

    private func simulator(_ options: [String] = []) throws -> Simulator {
        try Simulator(state: ground.folder["sim"], key: key, options: options)
    }

    private func examine(
        _ base: String, more: String = "", key apiKey: String? = nil
    ) async throws -> [Diagnosis] {
        try await ground.examine(
            """
              provider: runpod
              runpod: {base_url: "\(base)", key: \(key.privateFile)\(more)}
            """, apiKey.map { ["RUNPOD_API_KEY": $0] } ?? [:])
    }

    @Test func anAccountThatIsInOrder() async throws {
        let simulator = try simulator()
        let file = try ground.folder.write("RUNPOD_API_KEY=\(simulator.key)\n", to: "home/.config/caid/runpod.env")
        chmod(file.string, 0o600)
        let found = try await examine(simulator.baseURL)
        #expect(found.map(\.name).prefix(4) == ["api key", "account", "pod", "ssh key"], "\(found)")
        #expect(found.allSatisfy { $0.state == .ok }, "\(found)")
        #expect(found[0].words == "from \(file)" && found[1].words.contains("$100.00 left"))
        #expect(!found.contains { $0.words.contains(simulator.key) })
        #expect(try await simulator.count(of: "create") == 0)

        chmod(file.string, 0o644)
        let bad = try ground.only(await examine(simulator.baseURL))
        #expect(bad.name == "api key" && bad.words.contains("`chmod 600 \(file)`"))
    }

    @Test func aKeyThatIsNotThereAndOneThatIsNotAccepted() async throws {
        let simulator = try simulator()
        let none = try ground.only(await examine(simulator.baseURL))
        #expect(none.name == "api key" && none.words.contains("RUNPOD_API_KEY=… into "))
        let expired = try ground.only(await examine(simulator.baseURL, key: "rpa_OLDOLDOLDOLDOLDOLDOLD"))
        #expect(expired.name == "account")
        #expect(
            expired.words.contains("does not accept the API key from RUNPOD_API_KEY; make a new one in the console"))
        #expect(!expired.words.contains("OLDOLD"))
    }

    @Test func anEmptyAccount() async throws {
        let simulator = try simulator(["--balance", "0"])
        let bad = try ground.only(await examine(simulator.baseURL, key: simulator.key))
        #expect(bad.name == "account" && bad.words.contains("the account is empty ($0.00)"))
        #expect(bad.remedy?.contains("add credit at https://") == true)
    }

    @Test func aPodThatDoesNotExist() async throws {
        let simulator = try simulator()
        let bad = try ground.only(await examine(simulator.baseURL, more: ", pod: gone123", key: simulator.key))
        #expect(bad.name == "pod" && bad.words.contains("gone123") && bad.remedy?.contains("pod.runpod.pod") == true)
    }

    @Test func aPodThatRunsIsVisited() async throws {
        let simulator = try simulator()
        let pod = try await simulator.makePod()
        let found = try await examine(simulator.baseURL, more: ", pod: \(pod), workdir: /tmp", key: simulator.key)
        let names = ["api key", "account", "pod", "ssh key", "ssh port", "host key", "login", "pod disk", "pod python"]
        #expect(found.filter { $0.name != "clock" }.map(\.name) == names)
        #expect(found.allSatisfy { $0.state != .bad }, "\(found)")
        #expect(found[2].words.contains("\(pod) with "))
        #expect(try RealFiles().status(ground.folder[".caid"]) == nil, "looking leaves nothing behind")
    }
}
