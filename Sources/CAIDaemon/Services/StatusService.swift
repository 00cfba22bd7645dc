// Owns keeping the status files true while the daemon runs: at every change within a second, progress every five seconds
// at most, a heartbeat every minute so that a dead daemon is obvious.
// Never the cause of a failure: a status file that cannot be written is logged, and work goes on.

import CAISystem
import CAIWorkflow
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import Synchronization

/// Writes the status files.
final class StatusService: Service {
    private let builder: StatusBuilder
    private let writer: StatusFiles
    private let clock: any WallClock
    private let log: Logger
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    private let state = Mutex((lastScan: Date?.none, progressDue: false))

    init(builder: StatusBuilder, clock: any WallClock, log: Logger) {
        (self.builder, self.clock, self.log) = (builder, clock, log)
        writer = StatusFiles(workspace: builder.workspace)
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A state has changed: show it now.
    func stateChanged() { changed.yield() }

    /// Progress has been made: show it within five seconds, together with what comes in between.
    func progressed() {
        let isFirst = state.withLock { state in
            defer { state.progressDue = true }
            return !state.progressDue
        }
        guard isFirst else { return }
        Task { [self] in
            try? await Task.sleep(for: .seconds(5))
            state.withLock { $0.progressDue = false }
            changed.yield()
        }
    }

    func scanned() {
        let now = clock.now()
        let isFirst = state.withLock { state in
            defer { state.lastScan = now }
            return state.lastScan == nil
        }
        if isFirst { changed.yield() }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [self] in await heartbeat() }
                for await _ in changes {
                    write(running: true)
                    Memory.giveBack()
                    // Several changes within a moment are one.
                    try? await Task.sleep(for: .milliseconds(200))
                    if Task.isCancelled { break }
                }
                group.cancelAll()
            }
        }
        write(running: false)
    }

    private func heartbeat() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60))
            changed.yield()
        }
    }

    /// - Parameter running: what the files shall say of the daemon; false as its last word.
    private func write(running: Bool) {
        let scan = state.withLock { $0.lastScan }
        do {
            let daemon = StatusReport.Daemon(
                running: running, pid: running ? Int(getpid()) : nil, last_scan: scan?.instantText)
            try writer.write(builder.pages(daemon: daemon))
        } catch { log.error("cannot write the status files: \(error)") }
    }
}
