// Owns the seam between "some machine with a GPU" and everything else: one protocol for the machine, one for the
// connection to it. What a job is, and how it survives, is the same on every provider (Job/).
// Never knows what a job computes.

import SystemPackage

/// A place where jobs run.
public protocol Provider: Sendable {
    /// `local`, `ssh`, `runpod`: as in the configuration.
    var name: String { get }
    /// USD per hour while it runs.
    var hourlyPrice: Double { get }
    /// Opens a connection; each concern takes its own.
    func connect() async throws(GPUError) -> any PodConnection
}

/// What a finished command said.
public struct CommandResult: Sendable {
    public var status: Int32
    public var output: [UInt8]
    public var errors: [UInt8]

    public init(status: Int32, output: [UInt8], errors: [UInt8]) {
        (self.status, self.output, self.errors) = (status, output, errors)
    }
}

/// The few verbs a job needs. Paths are absolute on the pod; arguments are passed as they are, never through a shell of
/// ours.
public protocol PodConnection: Sendable {
    /// The folder on the pod under which `jobs/` lies.
    var workdir: FilePath { get }
    /// The command that runs the worker, to which a verb and a job folder are added.
    var workerCommand: [String] { get }
    /// Runs a command to its end.
    /// - Parameter deadline: seconds after which it is killed and `GPUError.unreachable` is thrown.
    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult
    /// Bytes of a file from an offset on, at most `limit`; empty where there are none, or no such file yet.
    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8]
    /// One element each time the file may have grown or been closed, and at least every so many seconds.
    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void>
    /// Makes a folder with its parents.
    func makeFolder(_ path: FilePath) async throws(GPUError)
    /// Copies a file of the workstation to the pod, whole or not at all.
    func upload(_ local: FilePath, to path: FilePath) async throws(GPUError)
    /// Writes bytes to a file on the pod, whole or not at all.
    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError)
    /// Copies a file of the pod to the workstation; fsynced when it returns.
    func download(_ path: FilePath, to local: FilePath) async throws(GPUError)
}
