// Owns the connections of a transfer: how many, when one is opened again, when that has gone on for long enough.
// Never knows what goes over them.

import Glibc
import Synchronization
import SystemPackage

/// Work that several connections share.
protocol LaneWork: Sendable {
    /// Whether everything is done.
    var isComplete: Bool { get }
    /// Whether there is something to take at this moment.
    var hasWork: Bool { get }
    /// Grows while there is progress.
    var advance: Int64 { get }
    /// How many connections would have something to do.
    var usefulLanes: Int { get }
    /// One conversation: takes work until there is none, and gives back what it did not finish.
    func talk(_ channel: AgentChannel) throws(GPUError)
}

struct Lanes: Sendable {
    let agent: [String]
    let connections: Int
    let patience: Double
    let pace: Pace
    let connect: @Sendable () async throws(GPUError) -> any PodConnection
    /// Waits before a connection is opened again; the argument counts the failures in a row.
    let pause: @Sendable (Int) async throws(GPUError) -> Void
    /// How often a connection may fail without any progress in between.
    private let mostFailures = 5

    /// Runs the work to its end.
    func run(_ work: some LaneWork) async throws(GPUError) {
        let round = Round()
        if work.hasWork {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { await lane(work, round) }
                for _ in 1..<(await count(work, round)) { group.addTask { await lane(work, round) } }
                for await isHealthy in group where !isHealthy { group.cancelAll() }
            }
        }
        if work.isComplete { return }
        if Task.isCancelled { throw GPUError(.stopped, "the transfer was stopped; run again to go on") }
        throw round.failure ?? GPUError(.unreachable, "the transfer ended before it was complete")
    }

    /// How many connections to use. A machine that is far away shows by how long the first one takes: then the others are
    /// opened at once. For a near one more of them than processors would only be in each other's way.
    private func count(_ work: some LaneWork, _ round: Round) async -> Int {
        while !round.isConnected, round.age < 0.2, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
        let isNear = round.isConnected
        return max(1, min(connections, work.usefulLanes + 1, isNear ? processors : connections))
    }

    private var processors: Int { max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// One connection after the other until there is nothing to take.
    /// - Returns: whether the other lanes may go on.
    private func lane(_ work: some LaneWork, _ round: Round) async -> Bool {
        var failures = 0
        while work.hasWork {
            let before = work.advance
            do throws(GPUError) {
                try await converse(work, round)
                return true
            } catch {
                failures = work.advance > before ? 1 : failures + 1
                round.note(error, isFinal: !mayBeMended(error))
                guard mayBeMended(error) else { return false }
                if failures >= mostFailures { return true }
                do throws(GPUError) { try await pause(failures) } catch { return false }
            }
        }
        return true
    }

    private func converse(_ work: some LaneWork, _ round: Round) async throws(GPUError) {
        let connection = try await connect()
        round.connected()
        let result: Result<Void, GPUError>
        do throws(GPUError) {
            try await connection.converse(agent, patience: patience) { [pace] stream throws(GPUError) in
                try work.talk(AgentChannel(stream, pace: pace))
            }
            result = .success(())
        } catch { result = .failure(error) }
        await connection.close()
        try result.get()
    }

    /// Whether another connection may do better.
    private func mayBeMended(_ error: GPUError) -> Bool {
        switch error.code {
        case .unreachable, .jobFailed, .rateLimited: true
        default: false
        }
    }
}

/// What the lanes of one transfer have seen.
private final class Round: Sendable {
    private struct State {
        var isConnected = false
        var failure: GPUError?
        var isFinal = false
    }
    private let start = monotonicSeconds()
    private let state = Mutex(State())

    var age: Double { monotonicSeconds() - start }
    var isConnected: Bool { state.withLock { $0.isConnected } }
    var failure: GPUError? { state.withLock { $0.failure } }

    func connected() { state.withLock { $0.isConnected = true } }

    /// The error to tell is the one that ended everything, if there is one; else the last that a connection had to itself.
    func note(_ error: GPUError, isFinal: Bool) {
        state.withLock { state in
            guard !state.isFinal else { return }
            (state.failure, state.isFinal) = (error, isFinal)
        }
    }
}
