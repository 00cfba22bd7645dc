// Owns the three machines that every behaviour is shown on: this one, one behind a real sshd, a rented one in the simulator.
// Never knows what is shown on it.

import CAISystem
import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

@testable import CAIDaemon
@testable import CAIGPU

/// What stands behind the seam.
enum GroundKind: String, CaseIterable, Sendable {
    case local, ssh, runpod

    /// Shows something on a fresh machine with an empty disk, which runs, and lives as long as that takes.
    /// - Parameter worker: in place of the product's own.
    func show(worker: WorkerBundle? = nil, _ body: (any Ground) async throws -> Void) async throws {
        let worker = try worker ?? Product.worker()
        let ground: any Ground =
            switch self {
            case .local: try LocalGround(worker)
            case .ssh: try SSHGround(worker)
            case .runpod: try await RunPodGround(worker)
            }
        defer { withExtendedLifetime(ground) {} }
        try await body(ground)
    }
}

/// A machine of a test's own. What differs between them is what the provider's features say.
protocol Ground {
    var folder: TemporaryFolder { get }
    var worker: WorkerBundle { get }
    var provider: any Provider { get }
    /// The folder on the machine, as this process sees it, too.
    var workdir: FilePath { get }
    /// Cuts every connection; what runs detached there goes on.
    func dropConnections() async throws
    /// The machine is stopped by somebody else, with all that runs on it.
    func stopMachine() async throws
}

extension Ground {
    /// The machine once it can be reached.
    func machine() async throws -> Machine {
        for _ in 0..<1500 {
            let machine = try await provider.machine()
            if machine.status == .running, machine.endpoint != nil || !provider.features.isRemote { return machine }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw GPUError(.unreachable, "the machine does not come up")
    }

    func connect() async throws -> any PodConnection { try await provider.connect(to: try await machine()) }

    /// A connection to a machine whose sshd may still be starting.
    func connectWhenReady() async throws -> any PodConnection {
        var last: GPUError?
        for _ in 0..<300 {
            do throws(GPUError) { return try await provider.connect(to: try await provider.machine()) } catch {
                last = error
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw last ?? GPUError(.unreachable, "the machine does not come up")
    }

    /// A connection to the machine, with the worker and its environment there.
    func furnished() async throws -> any PodConnection {
        let connection = try await connect()
        try await RemoteBootstrap(worker: worker, deadMan: { _ in nil })
            .prepare(connection, try await machine(), say: { _ in })
        return connection
    }

    func transfer(to machine: Machine) -> PodTransfer {
        PodTransfer(agent: worker.transferCommand(in: workdir), connections: 2) {
            [provider] () async throws(GPUError) in
            try await provider.connect(to: machine)
        }
    }
}

/// The product's own files, as the daemon finds them.
enum Product {
    static func worker() throws -> WorkerBundle {
        try WorkerFiles.bundle(
            try Share.find(environment: ProcessInfo.processInfo.environment, files: RealFiles()), files: RealFiles())
    }

    /// The caches in which a finished environment and the tiny model lie, so that no machine of a test has to make them.
    static var cache: FilePath {
        let environment = ProcessInfo.processInfo.environment
        if let set = environment["XDG_CACHE_HOME"], !set.isEmpty { return FilePath(set) }
        return FilePath(environment["HOME"] ?? "/root").appending(".cache")
    }
}
