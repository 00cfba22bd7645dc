// Owns the way to the pod's sshd: whose key logs in, how the host proves itself, where the work lies there.
// Never keeps a connection.

import CAIGPU
import CAISystem
import Synchronization
import SystemPackage

/// How a machine is reached over SSH, by us and by a person's own ssh.
final class SSHWay: Sendable {
    let worker: WorkerBundle
    private let key: FilePath
    let knownHosts: FilePath
    private let pinOnFirstUse: Bool
    /// As configured; `~/` is the home of who logs in.
    private let workdir: String
    /// A rented machine shows another key after each start, at another port: it is known by its id and its address, so that no
    /// key is ever taken for that of another boot.
    private let isPinnedByMachine: Bool
    private let tell: @Sendable (String) -> Void
    /// Home folders that were asked for, by address.
    private let homes = Mutex<[SSHEndpoint: FilePath]>([:])

    init(
        key: FilePath, knownHosts: FilePath, pinOnFirstUse: Bool, workdir: String, isPinnedByMachine: Bool,
        worker: WorkerBundle, tell: @escaping @Sendable (String) -> Void
    ) {
        (self.key, self.knownHosts, self.pinOnFirstUse) = (key, knownHosts, pinOnFirstUse)
        (self.workdir, self.isPinnedByMachine, self.worker, self.tell) = (workdir, isPinnedByMachine, worker, tell)
    }

    /// The key's file; nil where there is none and an agent may have it.
    var keyFile: FilePath? {
        let isThere = (try? RealFiles().status(key)) != nil
        return isThere || SSHSettings.agentOfThisProcess == nil ? key : nil
    }

    /// Under which name the machine's host key is kept.
    func hostName(_ machine: Machine, _ endpoint: SSHEndpoint) -> String {
        isPinnedByMachine ? "\(machine.id).\(endpoint.host).\(endpoint.port)" : HostKeyPolicy.name(of: endpoint)
    }

    func open(_ machine: Machine) async throws(GPUError) -> any PodConnection {
        guard let endpoint = machine.endpoint else {
            throw GPUError(.unreachable, "the pod \(machine.id) has no address for SSH")
        }
        if workdir.hasPrefix("~/"), homes.withLock({ $0[endpoint] }) == nil {
            let asking = try await connect(machine, endpoint, in: "/")
            let home = await Self.home(asking)
            await asking.close()
            let found = try home.get()
            homes.withLock { $0[endpoint] = found }
        }
        return try await connect(machine, endpoint, in: workdir(of: machine))
    }

    /// What OpenSSH's own client is told to go the same way.
    func arguments(to machine: Machine) throws -> [String] {
        guard let endpoint = machine.endpoint else { throw GPUError(.unreachable, "the pod has no address for SSH") }
        let own = keyFile.map { ["-i", $0.string, "-o", "IdentitiesOnly=yes"] } ?? []
        return own + [
            "-p", "\(endpoint.port)", "-o", "HostKeyAlias=\(hostName(machine, endpoint))", "-o",
            "UserKnownHostsFile=\(knownHosts)", "-o", "StrictHostKeyChecking=yes", "-o", "CheckHostIP=no", "-o",
            "ConnectTimeout=20", "-l", endpoint.user, endpoint.host,
        ]
    }

    /// The working folder on a machine that was reached before.
    func workdir(of machine: Machine) -> FilePath {
        guard workdir.hasPrefix("~/"), let endpoint = machine.endpoint else { return FilePath(workdir) }
        let home = homes.withLock { $0[endpoint] } ?? "/"
        return home.pushing(FilePath(String(workdir.dropFirst(2))))
    }

    private func connect(
        _ machine: Machine, _ endpoint: SSHEndpoint, in workdir: FilePath
    ) async throws(GPUError) -> SSHConnection {
        let name = hostName(machine, endpoint)
        let hosts = KnownHosts(knownHosts)
        let isNew = isPinnedByMachine && !hosts.knows(name)
        let settings = SSHSettings(
            endpoint: endpoint, key: keyFile,
            hostKey: HostKeyPolicy(file: knownHosts, name: name, pinOnFirstUse: pinOnFirstUse), workdir: workdir,
            workerCommand: worker.command(in: workdir))
        let connection = try await SSHConnection.open(settings)
        if isNew {
            tell(
                "the pod \(machine.id) at \(endpoint.host):\(endpoint.port) shows the host key "
                    + "\(await connection.hostKeyFingerprint); it is known by it until it is started anew")
        }
        return connection
    }

    private static func home(_ connection: any PodConnection) async -> Result<FilePath, GPUError> {
        do throws(GPUError) {
            let said = try await connection.run(["pwd"], deadline: 30)
            let path = FilePath(String(decoding: said.output.prefix { $0 != 10 }, as: UTF8.self))
            guard said.status == 0, path.isAbsolute else {
                return .failure(
                    GPUError(.refused, "the pod does not say where the home folder is; set an absolute workdir"))
            }
            return .success(path)
        } catch { return .failure(error) }
    }
}
