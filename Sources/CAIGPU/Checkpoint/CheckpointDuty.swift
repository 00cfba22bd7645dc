// Owns seeing to it that one job has a checkpoint at home: asks for it, brings it home, tells when it is late, and tells the pod's
// keeper while one is on the pod alone. What is due when, CheckpointPolicy says.
// Never starts or stops the job.

import CAISystem
import Synchronization

/// The checkpoints of one job, for as long as it is watched. What the job tells comes in by `add`; `run` acts on it.
final class CheckpointDuty: Sendable {
    private struct State {
        var record: CheckpointRecord
        var told: Set<String> = []
        var isOver = false
        var change: AsyncStream<Void>.Continuation?
    }
    private let request: JobRequest
    private let services: Pod
    private let state: Mutex<State>

    init(_ request: JobRequest, services: Pod) {
        (self.request, self.services) = (request, services)
        state = Mutex(State(record: CheckpointRecord(every: request.checkpointEvery, now: services.uptime)))
    }

    private var now: Double { services.uptime }

    /// Whether the newest checkpoint is on the pod alone.
    var isUnpulled: Bool { state.withLock { $0.record.written != nil } }
    var facts: CheckpointFacts { state.withLock { $0.record.facts } }

    // MARK: - What happens to the job

    func starts() { state.withLock { $0.record.starts(at: now) } }

    /// - Parameter age: seconds since the newest state of it that is at home, as far as anybody can tell.
    func attaches(age: Double) { state.withLock { $0.record.attaches(at: now, age: age) } }

    /// The job has said something.
    /// - Parameter after: when its events were last read to their end.
    func add(_ event: JobEvent, after: Double) async {
        switch event.event {
        case "progress":
            let isWork = StallWatch.usefulUnits.contains(event.unit ?? "")
            state.withLock { isWork ? $0.record.works() : $0.record.prepares(at: now) }
        case "log" where request.kind == "script": state.withLock { $0.record.works() }
        case "checkpoint":
            guard let seq = event.seq else { return }
            await changes {
                $0.writes(seq, event.manifest_sha256, seconds: max(0, event.seconds ?? 0), after: after, at: self.now)
            }
        default: break
        }
    }

    /// There is one from before it was watched, or one that the job has not told of.
    /// - Parameter age: seconds since the moment whose state it holds.
    func finds(_ seq: Int, _ digest: String?, age: Double) async {
        // The keeper may know of it from an earlier life.
        guard digest == nil || !services.home.has(request.use, digest) else { return await report() }
        await changes { $0.finds(seq, digest, age: age, at: self.now) }
    }

    /// The disk that they were on is gone.
    func loses() async { await changes { $0.loses(at: self.now) } }

    private func changes(_ body: (inout CheckpointRecord) -> Void) async {
        state.withLock { body(&$0.record) }
        state.withLock { $0.change }?.yield()
        await report()
    }

    /// Tells the pod's keeper whether something is there alone. Two may do so at once: each goes on until what it told is so.
    private func report() async {
        var told: Bool
        repeat {
            told = isUnpulled
            await services.access.unpulled(request.use, told)
        } while told != isUnpulled
    }

    // MARK: - What is done about it

    /// Acts until it is ended. What fails is told and tried again.
    func run(_ remote: RemoteJob) async {
        let (stream, change) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { ($0.isOver, $0.change) = (false, change) }
        // A job that is over within a moment needs none of this.
        while !Task.isCancelled, !state.withLock({ $0.isOver }) {
            let until = await act(remote)
            if until > now { await wait(until - now, stream, change) }
        }
    }

    /// Does what is due.
    /// - Returns: the moment until when nothing else is, unless something happens.
    func act(_ remote: RemoteJob) async -> Double {
        let verdict = CheckpointPolicy().verdict(facts, now: now)
        for warning in verdict.warnings { warn(warning, kind: warning.filter { !$0.isNumber }) }
        switch verdict.action {
        case .wait(let until): return max(until, now + 0.01)
        case .ask:
            state.withLock { $0.record.asks(at: now) }
            try? await remote.askForCheckpoint()
        case .pull: try? await pull(remote)
        }
        return now
    }

    /// Ends `run`, and waits for what it is about.
    func end(_ task: Task<Void, Never>) async {
        state.withLock {
            $0.isOver = true
            $0.change?.yield()
        }
        task.cancel()
        await task.value
    }

    /// Brings the newest one home, if it is not there: after the job has ended.
    func bringHome(_ remote: RemoteJob) async throws(GPUError) {
        if isUnpulled { try await pull(remote) }
    }

    private func pull(_ remote: RemoteJob) async throws(GPUError) {
        guard let written = state.withLock({ $0.record.pulls() }) else { return }
        do throws(GPUError) {
            let came = try await services.home.pull(
                request.use, podSeq: written.seq, from: remote.checkpoint(written.seq), promised: written.digest,
                over: remote.pod
            ) { _ in }
            do { try services.store.checkpointCame(came) } catch { services.tell(request.use, "\(error)") }
            state.withLock { state in
                state.record.came(at: now)
                state.told = state.told.filter { !$0.hasPrefix(Self.late) }
            }
            await report()
        } catch {
            if error.code == .stopped {
                state.withLock { $0.record.lets() }
            } else {
                let pause = state.withLock { $0.record.failed(at: now) }
                warn(
                    "its checkpoint has not come home: \(error); again in \(Words.span(pause))",
                    kind: "\(Self.late) \(error.code)")
            }
            throw error
        }
    }

    private static let late = "not home:"

    /// - Parameter kind: what is the same with other numbers is no news.
    private func warn(_ warning: String, kind: String) {
        if state.withLock({ $0.told.insert(kind).inserted }) {
            services.tell(request.use, "\(request.step): \(warning)")
        }
    }

    private func wait(
        _ seconds: Double, _ changes: AsyncStream<Void>, _ change: AsyncStream<Void>.Continuation
    ) async {
        let timer = Task {
            try await Task.sleep(for: .seconds(seconds))
            change.yield()
        }
        var iterator = changes.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }
}
