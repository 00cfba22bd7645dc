// Owns this machine as a pod of a test.
// Never passes on more of this process's environment than where programs are.

import FoundationEssentials
import SystemPackage
import TestSupport

@testable import CAIGPU

struct LocalGround: Ground {
    let folder: TemporaryFolder
    let worker: WorkerBundle
    let provider: any Provider
    let workdir: FilePath

    init(_ worker: WorkerBundle) throws {
        self.worker = worker
        folder = try TemporaryFolder()
        workdir = folder["pod/cai"]
        // The system's own interpreter first: it starts sooner than one behind a chooser of versions.
        let path = "/usr/bin:/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        provider = LocalProvider(
            workdir: workdir, workerCommand: worker.command(in: workdir),
            environment: ["PATH": path, "HOME": folder.path.string, "XDG_CACHE_HOME": Product.cache.string])
    }

    /// There are none.
    func dropConnections() async throws {}

    func stopMachine() async throws { throw GPUError(.refused, "this machine is the pod") }
}
