// Owns bringing a finished job's outputs home, and believing nothing that its digest does not prove.
// Never starts or stops anything.

import CAISystem
import SystemPackage

/// The outputs of one finished job.
struct JobOutputs {
    let remote: RemoteJob
    let services: Pod
    let progress: @Sendable (JobProgress) -> Void

    func adopt(_ state: JobWatch, to destination: FilePath) async throws(GPUError) -> JobResult {
        let bytes = try await remote.connection.read(
            remote.outputs.appending(JobManifest.name), from: 0, limit: JobManifest.limit)
        let digest = SHA256.hex(of: bytes)
        guard digest == state.history.ending?.outputs_sha256, let manifest = JobManifest(bytes, of: remote.id) else {
            throw GPUError(
                .corrupt,
                "\(remote.outputs)/\(JobManifest.name) is not the one the job announced, or names a path outside its "
                    + "folder; remove \(remote.folder) to run it again")
        }
        do { try RealFiles().makeDirectories(destination) } catch { throw GPUError.writing(destination, error) }
        _ = try await remote.pod.transfer.pull(
            manifest.transferFiles, from: remote.outputs, to: destination, bases: []
        ) { [progress] in
            progress(
                JobProgress(
                    phase: "bringing the results home", done: Double($0.done), total: Double($0.total), unit: "bytes"))
        }
        return JobResult(
            folder: destination, manifest: manifest, manifestSHA256: digest, seconds: state.seconds,
            usd: services.cost(state))
    }
}
