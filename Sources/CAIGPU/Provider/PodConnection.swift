// Owns the seam of talking to a pod: commands, small files, long conversations. The same over SSH and to this machine.
// Never knows what a command means. Nothing passes through a shell unquoted.

import SystemPackage

/// What a finished command said.
public struct CommandResult: Sendable {
    public var status: Int32
    public var output: [UInt8]
    public var errors: [UInt8]

    public init(status: Int32, output: [UInt8], errors: [UInt8]) {
        (self.status, self.output, self.errors) = (status, output, errors)
    }
}

/// The standard input and output of a command at work on a pod. Used from the connection's thread alone; every call waits, at
/// most for as long as the conversation's patience.
public protocol CommandStream: AnyObject {
    /// Some bytes of the command's output, at most as many as fit.
    /// - Returns: how many; 0 at the end of the output.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GPUError) -> Int
    /// Writes all the bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(GPUError)
    /// Closes the command's standard input.
    func finishWriting() throws(GPUError)
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
    /// Runs a command and lets `body` talk with it, on the connection's own thread; then waits for its end.
    /// - Parameter patience: seconds without a byte in either direction after which the conversation is given up with
    ///   `.unreachable`. There is no deadline for the whole.
    /// - Throws: `.jobFailed` with the last words of its standard error where it ends with another status than 0;
    ///   what `body` throws; `.stopped` within 250 ms of a cancellation.
    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer
    /// Bytes of a file from an offset on, at most `limit`; empty where there are none, or no such file yet.
    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8]
    /// One element each time the file may have grown or been closed, and at least every so many seconds. Ends where the
    /// connection does.
    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void>
    /// Makes a folder with its parents.
    func makeFolder(_ path: FilePath) async throws(GPUError)
    /// Writes bytes to a file on the pod, whole or not at all.
    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError)
    /// Ends the connection; what runs detached on the pod goes on.
    func close() async
}
