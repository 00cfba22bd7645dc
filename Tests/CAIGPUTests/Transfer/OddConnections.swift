// Owns connections that are not what they should be: cut, scripted, absent.
// Never reach another machine.

import CAIGPU
import Glibc
import Synchronization
import SystemPackage

/// What the odd connections have in common: only conversations matter to a transfer.
protocol OddConnection: PodConnection {}

extension OddConnection {
    var workdir: FilePath { "/none" }
    var workerCommand: [String] { [] }
    func run(_ command: [String], deadline: Double) async throws(GPUError) -> CommandResult {
        throw GPUError(.refused, "not here")
    }
    func read(_ path: FilePath, from offset: Int64, limit: Int) async throws(GPUError) -> [UInt8] {
        throw GPUError(.refused, "not here")
    }
    func changes(of path: FilePath, atLeastEvery seconds: Double) -> AsyncStream<Void> { AsyncStream { $0.finish() } }
    func makeFolder(_ path: FilePath) async throws(GPUError) { throw GPUError(.refused, "not here") }
    func upload(bytes: [UInt8], to path: FilePath) async throws(GPUError) { throw GPUError(.refused, "not here") }
    func close() async {}
}

/// One that nobody should use.
struct NoConnection: OddConnection {
    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        throw GPUError(.unreachable, "the line is dead")
    }
}

/// A line on which nothing moves any more after so many bytes, until somebody stops the transfer.
struct StuckLine {
    let connection: any PodConnection
    private let stuck: AsyncStream<Void>

    init(over inner: any PodConnection, after bytes: Int) {
        let (stuck, told) = AsyncStream<Void>.makeStream()
        self.stuck = stuck
        connection = CutConnection(inner: inner, scissors: Scissors([bytes])) {
            told.yield()
            while !Task.isCancelled { usleep(1000) }
            return GPUError(.stopped, "the transfer was stopped")
        }
    }

    /// Waits until nothing moves any more.
    func isStuck() async { for await _ in stuck { break } }
}

/// Where a conversation is cut.
final class Scissors: Sendable {
    /// Bytes of each next conversation, either way, until it is cut; conversations beyond the list are whole.
    private let lives: Mutex<[Int]>

    init(_ lives: [Int]) { self.lives = Mutex(lives) }

    func next() -> Int? { lives.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// A connection that dies after so many bytes, as a line does.
struct CutConnection: OddConnection {
    let inner: any PodConnection
    let scissors: Scissors
    /// What happens then.
    var end: @Sendable () -> GPUError = { GPUError(.unreachable, "the line was cut") }

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        let life = scissors.next()
        return try await inner.converse(command, patience: patience) { stream throws(GPUError) in
            try body(life.map { CutStream(stream, life: $0, end) } ?? stream)
        }
    }
}

final class CutStream: CommandStream {
    private let inner: any CommandStream
    private var life: Int
    private let end: @Sendable () -> GPUError

    init(_ inner: any CommandStream, life: Int, _ end: @escaping @Sendable () -> GPUError) {
        (self.inner, self.life, self.end) = (inner, life, end)
    }

    private func live(_ bytes: Int) throws(GPUError) {
        guard life > 0 else { throw end() }
        life -= bytes
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GPUError) -> Int {
        try live(0)
        let count = try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(max(1, life))))
        try live(count)
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GPUError) {
        try live(0)
        try inner.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(life)))
        try live(bytes.count)
    }

    func finishWriting() throws(GPUError) { try inner.finishWriting() }
}

/// An agent that says what a test wrote down, whatever it is asked.
struct ScriptedAgent: OddConnection {
    let first: [UInt8]
    let then: [UInt8]
    let endlessly: Bool

    func converse<Answer: Sendable>(
        _ command: [String], patience: Double,
        _ body: @escaping @Sendable (any CommandStream) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        try body(ScriptedStream(rest: (first + then)[...], again: endlessly ? then : []))
    }
}

final class ScriptedStream: CommandStream {
    private var rest: ArraySlice<UInt8>
    private let again: [UInt8]

    init(rest: ArraySlice<UInt8>, again: [UInt8]) {
        self.rest = rest
        // Many at once, as a fast line would bring them.
        self.again = Array(repeatElement(again, count: 1000).joined())
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GPUError) -> Int {
        if rest.isEmpty { rest = again[...] }
        let count = min(buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GPUError) {}
    func finishWriting() throws(GPUError) {}
}
