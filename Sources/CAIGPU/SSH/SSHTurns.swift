// Owns the order in which tasks use one connection: one at a time, first come first served, and whoever is cancelled while it
// waits leaves the queue at once.
// Never knows what a turn is used for.

import Synchronization

final class SSHTurns: Sendable {
    private enum Answer: Sendable { case yours, late, cancelled, closed }

    private struct State {
        var isTaken = false
        var isClosed = false
        var lastTicket = 0
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Answer, Never>)] = []
    }

    private let state = Mutex(State())

    /// Whether the connection is being closed, so that the one whose turn it is should come to an end.
    var isClosed: Bool { state.withLock(\.isClosed) }

    /// Waits for the turn; `give()` must follow.
    /// - Parameter seconds: how long to wait at most; nil for as long as it takes.
    /// - Throws: `.stopped` after a cancellation, `.unreachable` where the turn did not come in time.
    func take(within seconds: Double?) async throws(GPUError) {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        var timer: Task<Void, any Error>?
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation {
                queue(ticket, $0)
                timer = seconds.map { seconds in
                    Task {
                        try await Task.sleep(for: .seconds(seconds))
                        leave(ticket, .late)
                    }
                }
            }
        } onCancel: {
            leave(ticket, .cancelled)
        }
        timer?.cancel()
        switch answer {
        case .yours: return
        case .cancelled: throw GPUError(.stopped, "stopped while waiting for the connection")
        case .late:
            throw GPUError(.unreachable, "the connection was busy with another command for \(Int(seconds ?? 0)) s")
        case .closed: throw Self.closed
        }
    }

    /// Hands the turn to the next.
    func give() {
        let next = state.withLock { state in
            state.isTaken = !state.waiting.isEmpty
            return state.isTaken ? state.waiting.removeFirst().continuation : nil
        }
        next?.resume(returning: .yours)
    }

    /// No turn is given any more.
    func close() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isClosed = true
            return state.waiting
        }
        for (_, continuation) in waiting { continuation.resume(returning: .closed) }
    }

    static let closed = GPUError(.unreachable, "the connection was closed")

    private func queue(_ ticket: Int, _ continuation: CheckedContinuation<Answer, Never>) {
        let answer: Answer? = state.withLock { state in
            if state.isClosed { return .closed }
            // The handler of a cancellation that came earlier found nobody to tell.
            if Task.isCancelled { return .cancelled }
            if !state.isTaken {
                state.isTaken = true
                return .yours
            }
            state.waiting.append((ticket, continuation))
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func leave(_ ticket: Int, _ answer: Answer) {
        let gone = state.withLock { state in
            let index = state.waiting.firstIndex { $0.ticket == ticket }
            return index.map { state.waiting.remove(at: $0).continuation }
        }
        gone?.resume(returning: answer)
    }
}
