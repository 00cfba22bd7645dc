// Owns seeing to it that one running job has a checkpoint at home: asks for it, brings it home, tells when it is late. What is due
// when, CheckpointPolicy says.
// Never starts or stops the job.

import CAISystem
import Synchronization
import SystemPackage

/// The checkpoints of one job while it is followed. Facts come in by `add`; `run` acts on them.
final class CheckpointDuty: Sendable {
    private struct State {
        var facts: CheckpointFacts
        /// The newest one on the pod that is not at home.
        var written: (seq: Int, digest: String?)?
        var failures = 0
        var told: Set<String> = []
        var isOver = false
    }
    private let remote: RemoteJob
    private let request: JobRequest
    private let services: Pod
    private let state: Mutex<State>
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    init(remote: RemoteJob, request: JobRequest, services: Pod) {
        (self.remote, self.request, self.services) = (remote, request, services)
        let now = services.clock.uptime() / .seconds(1)
        state = Mutex(State(facts: CheckpointFacts(startedAt: now, every: request.checkpointEvery)))
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    private var now: Double { services.clock.uptime() / .seconds(1) }

    /// The job has said something.
    func add(_ event: JobEvent) {
        guard event.event == "checkpoint", let seq = event.seq else { return }
        let now = now
        state.withLock { state in
            let asked = state.facts.askedAt ?? now - (event.seconds ?? 0)
            // One from before is at home or will be, whatever the clocks say.
            state.facts.writtenAsOf = max(asked, state.facts.startedAt.nextUp)
            state.facts.writeSeconds = now - asked
            state.facts.askedAt = nil
            state.written = (seq, event.manifest_sha256)
        }
        change.yield()
    }

    /// Acts until it is cancelled. What fails is told and tried again.
    func run() async {
        // A job that is over within a moment needs none of this.
        while !Task.isCancelled, !state.withLock({ $0.isOver }) {
            let facts = state.withLock { $0.facts }
            let verdict = CheckpointPolicy().verdict(facts, now: now)
            warn(verdict.warnings)
            switch verdict.action {
            case .wait(let until): await wait(max(0.01, until - now))
            case .ask:
                state.withLock { $0.facts.askedAt = now }
                try? await remote.askForCheckpoint()
            case .pull: await pull()
            }
        }
    }

    /// Ends it, and waits for what it is about.
    func end(_ task: Task<Void, Never>) async {
        state.withLock { $0.isOver = true }
        change.yield()
        task.cancel()
        await task.value
    }

    /// Brings this very one home, after the job has ended with it.
    func bringHome(_ seq: Int) async {
        state.withLock {
            $0.written = ($0.written?.seq == seq ? $0.written : nil) ?? (seq, nil)
            $0.facts.writtenAsOf = now
        }
        await pull()
    }

    private func pull() async {
        guard let written = state.withLock({ $0.written }) else { return }
        let (use, began) = (request.use, now)
        state.withLock { $0.facts.isPulling = true }
        await services.access.unpulled(use, true)
        do throws(GPUError) {
            let came = try await services.home.pull(
                use, podSeq: written.seq, from: remote.checkpoint(written.seq), promised: written.digest,
                over: remote.pod
            ) { _ in }
            do { try services.store.checkpointCame(came) } catch { services.tell(use, "\(error)") }
            state.withLock { state in
                state.facts.homeAsOf = state.facts.writtenAsOf
                state.facts.pullSeconds = now - began
                state.facts.pullAgainAt = nil
                state.failures = 0
                if state.written?.seq == written.seq { state.written = nil }
                state.facts.isPulling = false
            }
            await services.access.unpulled(use, false)
        } catch {
            let pause = state.withLock { state in
                state.failures += 1
                state.facts.isPulling = false
                let pause = min(state.facts.every / 10, Double(1 << min(state.failures, 6)))
                state.facts.pullAgainAt = now + pause
                return pause
            }
            if error.code != .stopped {
                services.tell(
                    use, "\(request.step): its checkpoint has not come home: \(error); again in \(Int(pause)) s")
            }
        }
    }

    private func warn(_ warnings: [String]) {
        for warning in warnings {
            // The same with other numbers is no news.
            let kind = warning.filter { !$0.isNumber }
            if state.withLock({ $0.told.insert(kind).inserted }) {
                services.tell(request.use, "\(request.step): \(warning)")
            }
        }
    }

    private func wait(_ seconds: Double) async {
        let timer = Task { [change] in
            try await Task.sleep(for: .seconds(seconds))
            change.yield()
        }
        var iterator = changes.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }
}
