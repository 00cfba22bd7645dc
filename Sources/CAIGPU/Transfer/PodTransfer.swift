// Owns bulk transfers over connections to one pod: the two verbs, put together from plan, lanes and commit.
// Never keeps a connection open when nothing is moved.

import SystemPackage

/// Transfers through agents that are started on the pod, one a connection.
public struct PodTransfer: Transfer {
    private let lanes: Lanes
    private let freeBytes: @Sendable (HomeFolder) throws(GPUError) -> Int64

    /// - Parameters:
    ///   - agent: the command that starts the agent: `python3 -m caid_worker.transfer`, where the worker can be found.
    ///   - connections: at most so many; for a pod on this machine, or a small transfer, fewer are opened.
    ///   - maxBytesPerSecond: of all of them together; 0 is no cap.
    ///   - patience: seconds without a byte after which a connection is given up.
    ///   - connect: opens a connection; each is closed after use.
    public init(
        agent: [String], connections: Int = 8, maxBytesPerSecond: Int = 0, patience: Double = 60,
        connect: @escaping @Sendable () async throws(GPUError) -> any PodConnection
    ) {
        self.init(
            lanes: Lanes(
                agent: agent, connections: connections, patience: patience, pace: Pace(rate: maxBytesPerSecond),
                connect: connect, pause: { (failures: Int) async throws(GPUError) in try await Self.pause(failures) }),
            freeBytes: { home throws(GPUError) in try home.freeBytes() })
    }

    /// For tests, which neither wait nor fill disks.
    init(lanes: Lanes, freeBytes: @escaping @Sendable (HomeFolder) throws(GPUError) -> Int64) {
        (self.lanes, self.freeBytes) = (lanes, freeBytes)
    }

    /// Half a second, doubled with each failure, with jitter so that connections do not come back all at once.
    private static func pause(_ failures: Int) async throws(GPUError) {
        let seconds = min(8, 0.25 * Double(1 << min(failures, 6))) * Double.random(in: 0.5...1)
        do { try await Task.sleep(for: .seconds(seconds)) } catch {
            throw GPUError(.stopped, "the transfer was stopped")
        }
    }

    public func pull(
        _ files: [TransferFile], from remote: FilePath, to local: FilePath, bases: [FilePath],
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport {
        let start = monotonicSeconds()
        let home = HomeFolder(path: local)
        let total = files.reduce(Int64(0)) { $0 &+ $1.bytes }
        let meter = ProgressMeter(total: total, report: progress)
        let work = try await onThread("pull") { () throws(GPUError) in
            let plan = try PullPlan(files, home: home, bases: bases)
            let free = try freeBytes(home)
            guard plan.needed <= free else { throw noSpace("\(local)", needed: plan.needed, free: free) }
            meter.add(done: plan.there)
            return try PullWork(plan, from: remote, meter: meter)
        }
        do throws(GPUError) { try await lanes.run(work) } catch {
            // What is proven is whole whatever became of the rest; only who stops us does not want to wait for it.
            if error.code != .stopped { try? await onThread("pull") { () throws(GPUError) in try work.commit() } }
            throw error
        }
        try await onThread("pull") { () throws(GPUError) in try work.commit() }
        return TransferReport(moved: meter.moved, total: total, seconds: monotonicSeconds() - start)
    }

    public func push(
        _ files: [TransferFile], from local: FilePath, to remote: FilePath,
        progress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(GPUError) -> TransferReport {
        let start = monotonicSeconds()
        try HomeFolder.check(files)
        let total = files.reduce(Int64(0)) { $0 + $1.bytes }
        let meter = ProgressMeter(total: total, report: progress)
        try await lanes.run(PushWork(files, from: HomeFolder(path: local), to: remote, meter: meter))
        return TransferReport(moved: meter.moved, total: total, seconds: monotonicSeconds() - start)
    }
}
