// Owns a host behind a real OpenSSH server on the loopback address, as a pod of a test.
// Never reads anything of the system's configuration.

import SystemPackage
import TestSupport

@testable import CAIGPU

struct SSHGround: Ground {
    let folder: TemporaryFolder
    let worker: WorkerBundle
    let provider: any Provider
    let workdir: FilePath
    private let server: LoopbackSSHD

    init(_ worker: WorkerBundle) throws {
        self.worker = worker
        folder = try TemporaryFolder()
        workdir = folder["pod/cai"]
        server = try LoopbackSSHD(options: ["SetEnv HOME=\(folder.path) XDG_CACHE_HOME=\(Product.cache)"])
        try folder.write(server.knownHostsLine, to: "known_hosts")
        let endpoint = SSHEndpoint(host: "127.0.0.1", port: server.port, user: server.user)
        let settings = SSHSettings(
            endpoint: endpoint, key: server.key, agent: nil,
            hostKey: HostKeyPolicy(
                file: folder["known_hosts"], name: HostKeyPolicy.name(of: endpoint), pinOnFirstUse: false),
            workdir: workdir, workerCommand: worker.command(in: workdir))
        provider = SSHHostProvider(endpoint, usdPerHour: 0) { _ throws(GPUError) in
            try await SSHConnection.open(settings)
        }
    }

    func dropConnections() async throws { server.dropConnections() }

    func stopMachine() async throws { throw GPUError(.refused, "a host of somebody's own") }
}
