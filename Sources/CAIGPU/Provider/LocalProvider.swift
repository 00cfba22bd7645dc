// Owns the embedded pod: this machine as the GPU machine, a folder as its disk, processes of their own session.
// It goes through exactly the protocol that a rented pod uses, so that the demo and the tests exercise the same code.
// Never shares memory, locks or file handles with a job.

import CAISystem
import Subprocess
import SystemPackage

/// This machine as a pod. It costs nothing and is always running.
public struct LocalProvider: Provider {
    public var name: String { "local" }
    public var features: ProviderFeatures { ProviderFeatures(stopsMachines: false, bills: false, isRemote: false) }
    let workdir: FilePath
    let workerCommand: [String]
    let environment: [String: String]

    /// - Parameters:
    ///   - workdir: absolute; made on first use.
    ///   - workerCommand: a Python interpreter with the worker's dependencies, and how to run the worker's module.
    ///   - environment: all that a job sees of ours; nothing else is passed on.
    public init(workdir: FilePath, workerCommand: [String], environment: [String: String]) {
        (self.workdir, self.workerCommand, self.environment) = (workdir, workerCommand, environment)
    }

    public func machine() async throws(GPUError) -> Machine { Machine(id: "local", status: .running) }

    /// Nothing to do: this machine runs.
    public func start() async throws(GPUError) {}

    /// - Throws: `.refused`.
    public func stop() async throws(GPUError) {
        throw GPUError(.refused, "the pod is this machine; it is not stopped from here")
    }

    /// - Throws: `.refused`.
    public func terminate() async throws(GPUError) {
        throw GPUError(.refused, "the pod is this machine; it cannot be given up")
    }

    public func connect(to machine: Machine) async throws(GPUError) -> any PodConnection {
        LocalConnection(workdir: workdir, workerCommand: workerCommand, environment: environment)
    }
}

struct LocalConnection: PodConnection {
    let workdir: FilePath
    let workerCommand: [String]
    let environment: [String: String]
    private let files = RealFiles()

    init(workdir: FilePath, workerCommand: [String], environment: [String: String]) {
        (self.workdir, self.workerCommand, self.environment) = (workdir, workerCommand, environment)
    }

    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        guard let program = command.first else { throw GPUError(.unreachable, "no command was given") }
        let variables = Dictionary(
            uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        // A session of its own: a Ctrl-C at our terminal does not reach it, and a deadline ends its children with it.
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        do {
            return try await withDeadline(seconds: deadline) { [options] in
                let result = try await Subprocess.run(
                    .path(FilePath(program)), arguments: Arguments(Array(command.dropFirst())),
                    environment: .custom(variables), platformOptions: options, input: .none,
                    output: .bytes(limit: 4 << 20), error: .bytes(limit: 1 << 20))
                let status: Int32 =
                    switch result.terminationStatus {
                    case .exited(let code): code
                    case .signaled(let signal): 128 + signal
                    }
                return CommandResult(status: status, output: result.standardOutput, errors: result.standardError)
            }
        } catch {
            throw GPUError(.unreachable, "could not run \(program) on this machine", cause: "\(error)")
        }
    }

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        try await onThread("conversation") { () throws(GPUError) in
            let stream = try LocalCommandStream(command, environment: environment, patience: patience)
            let answer = try body(stream)
            try stream.finish()
            return answer
        }
    }

    func close() async {}

    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec])
            return try file.closeAfter {
                var buffer = [UInt8](repeating: 0, count: limit)
                let count = try buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: offset, into: $0) }
                return Array(buffer[..<count])
            }
        } catch Errno.noSuchFileOrDirectory {
            return []
        } catch {
            throw GPUError(.unreachable, "cannot read \(path)", cause: "\(error)")
        }
    }

    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let hints = try? DirectoryHints()
        hints?.watch(path.removingLastComponent(), appends: true, only: path.lastComponent?.string)
        let watcher = Task {
            guard let hints else { return }
            for await _ in hints.wakeups { continuation.yield() }
        }
        let timer = Task {
            // Without inotify the timer alone has to be quick enough for a person who waits.
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(hints == nil ? min(1, seconds) : seconds))
                continuation.yield()
            }
        }
        continuation.onTermination = { _ in
            watcher.cancel()
            timer.cancel()
        }
        return stream
    }

    func makeFolder(_ path: FilePath) async throws(GPUError) {
        try attempt("make the folder \(path)") { try files.makeDirectories(path) }
    }

    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) {
        try attempt("write \(path)") { try files.writeAtomically(path, bytes: bytes) }
    }

    private func attempt(_ what: String, _ body: () throws -> Void) throws(GPUError) {
        do { try body() } catch { throw GPUError(.unreachable, "cannot \(what)", cause: "\(error)") }
    }
}
