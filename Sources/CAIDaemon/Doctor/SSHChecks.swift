// Owns looking at a way over SSH in the order in which it is gone: the key's file, the port, the host's key, the login, the
// machine behind it. The first thing that is bad is told, and what depends on it is not tried: one cause, one message.
// Never changes anything: a key that would be pinned is pinned in a copy.

import CAIGPU
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// Checks of one machine that is reached over SSH.
struct SSHChecks: Sendable {
    let endpoint: SSHEndpoint
    /// The private key; nil to ask the agent.
    let key: FilePath?
    let hostKey: HostKeyPolicy
    /// As configured: `~/` is the home of who logs in.
    let workdir: String
    /// What to look at in cai.yaml where the machine is not reached.
    let section: String

    /// The key's file alone, for a machine that does not run.
    static func key(_ path: FilePath?) async -> Diagnosis {
        await Diagnosis.of("ssh key") {
            guard let path else { return .ok("ssh key", "no key file is there: the SSH agent is asked for its keys") }
            return .ok("ssh key", "\(path): \(try SSHProbe.keyType(path)), readable by its owner alone")
        }
    }

    func all() async -> [Diagnosis] {
        let (key, port) = await (Self.key(key), reach())
        guard key.state != .bad, port.state != .bad else { return [key, port] }
        let (found, connection) = await logIn()
        guard let connection else { return [key, port] + found }
        let (disk, python) = (await disk(connection), await python(connection))
        await connection.close()
        return [key, port] + found + [disk, python]
    }

    private func reach() async -> Diagnosis {
        await Diagnosis.of("ssh port", remedy: "check host and port under \(section) in cai.yaml, and the sshd there") {
            try await SSHProbe.reach(endpoint, within: 15)
            return .ok("ssh port", "\(endpoint.host):\(endpoint.port) answers")
        }
    }

    /// The host's key and the login, which are one conversation.
    private func logIn() async -> ([Diagnosis], SSHConnection?) {
        let isNew = !KnownHosts(hostKey.file).knows(hostKey.name)
        do throws(GPUError) {
            let (connection, fingerprint) = try await open(pinning: isNew && hostKey.pinOnFirstUse)
            let host: Diagnosis =
                isNew
                ? .warn(
                    "host key", "\(hostKey.name) is not known yet and shows \(fingerprint)",
                    "compare it on the host (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`): `caid run` will keep it"
                )
                : .ok("host key", "\(hostKey.name) is known by \(fingerprint)")
            return ([host, .ok("login", "\(endpoint) lets us in")], connection)
        } catch {
            let name = error.code == .hostKey ? "host key" : error.code == .auth ? "login" : "ssh server"
            return ([.bad(name, "\(error)")], nil)
        }
    }

    /// - Parameter pinning: whether the host's key is new and may be kept; here it is kept for this one look.
    private func open(pinning: Bool) async throws(GPUError) -> (SSHConnection, String) {
        var policy = hostKey
        let copy = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("caid-doctor-\(String(UInt64.random(in: 0 ... .max), radix: 36))")
        if pinning { policy.file = copy } else { policy.pinOnFirstUse = false }
        defer { if pinning { try? RealFiles().remove(copy) } }
        let connection = try await SSHConnection.open(
            SSHSettings(
                endpoint: endpoint, key: key, hostKey: policy, workdir: "/", workerCommand: [], connectTimeout: 15))
        return (connection, await connection.hostKeyFingerprint)
    }

    private func disk(_ connection: SSHConnection) async -> Diagnosis {
        await Diagnosis.of("pod disk") {
            // Commands begin in the home folder. The folder itself is made with the first job.
            var place = FilePath(workdir.hasPrefix("~/") ? String(workdir.dropFirst(2)) : workdir)
            while true {
                let name = place.isEmpty ? "." : place.string
                let said = try await connection.run(["df", "-Pk", name], deadline: 10)
                if said.status == 0, let free = Self.free(said.output) {
                    return MachineChecks.disk("pod disk", free: free, place: workdir)
                }
                guard !place.isEmpty, place.string != "/" else {
                    return .bad("pod disk", "df does not say how much is free in \(workdir) there")
                }
                place = place.removingLastComponent()
            }
        }
    }

    /// Bytes, from what `df -Pk` said of one place.
    static func free(_ output: [UInt8]) -> Double? {
        let lines = String(decoding: output.prefix(4096), as: UTF8.self).split(separator: "\n")
        guard lines.count >= 2, case let words = lines[1].split(separator: " "), words.count >= 6 else { return nil }
        return Double(words[3]).map { $0 * 1024 }
    }

    private func python(_ connection: SSHConnection) async -> Diagnosis {
        await Diagnosis.of("pod python") {
            let said = try await connection.run(["python3", "--version"], deadline: 10)
            let line = String(decoding: said.output.prefix(200), as: UTF8.self).split(separator: "\n").first
            return MachineChecks.python(
                said.status == 0 ? line.map(String.init) : nil, "pod python",
                "install Python 3.11 or later there, or take an image that has it")
        }
    }
}
