// Owns running our bulk transfer from a shell, as the benchmark needs it beside `scp` and the like. Prints one line of JSON.
// Never part of the daemon.

import ArgumentParser
import CAIGPU
import CAISystem
import SystemPackage

@main
struct TransferBench: AsyncParsableCommand {
    enum Direction: String, ExpressibleByArgument { case down, up }

    static let configuration = CommandConfiguration(commandName: "caid-transfer-bench")

    @Argument var direction: Direction
    @Option(help: "Where the server listens on this machine.") var port: Int
    @Option var user: String
    @Option(help: "The private key.") var key: String
    @Option(help: "A file to keep the server's key in.") var knownHosts: String
    @Option(help: "The folder of the worker's package.") var worker: String
    @Option var python: String
    @Option var remote: String
    @Option var local: String
    @Option(help: "A folder with older versions.") var base: String?
    @Option var connections = 8

    func run() async throws {
        let endpoint = SSHEndpoint(host: "127.0.0.1", port: port, user: user)
        let settings = SSHSettings(
            endpoint: endpoint, key: FilePath(key), agent: nil,
            hostKey: HostKeyPolicy(
                file: FilePath(knownHosts), name: HostKeyPolicy.name(of: endpoint), pinOnFirstUse: true),
            workdir: FilePath(remote), workerCommand: [])
        let transfer = PodTransfer(
            agent: ["env", "PYTHONPATH=\(worker)", python, "-m", "caid_worker.transfer"], connections: connections,
            connect: { () async throws(GPUError) in try await SSHConnection.open(settings) })
        let report =
            switch direction {
            case .down:
                try await transfer.pull(
                    try files(of: remote), from: FilePath(remote), to: FilePath(local),
                    bases: base.map { [FilePath($0)] } ?? [], progress: { _ in })
            case .up:
                try await transfer.push(
                    try files(of: local), from: FilePath(local), to: FilePath(remote), progress: { _ in })
            }
        print(#"{"seconds": \#(report.seconds), "moved": \#(report.moved), "total": \#(report.total)}"#)
    }

    /// The manifest stands beside the sender's folder: a transfer has one anyway, and making it is not what is measured.
    private func files(of folder: String) throws -> [TransferFile] {
        let manifest = try RealFiles().read(FilePath(folder + ".manifest"), limit: 64 << 20)
        return String(decoding: manifest, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let bytes = Int64(parts[1]) else { return nil }
            return TransferFile(name: String(parts[2]), bytes: bytes, sha256: String(parts[0]))
        }
    }
}
