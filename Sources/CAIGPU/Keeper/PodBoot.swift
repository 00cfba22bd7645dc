// Owns the way from "somebody needs the pod" to a pod on which jobs can be started: start or replace the machine, wait until its
// sshd answers, furnish it.
// Never starts a job. One at a time; everybody who needs the pod waits for the same.

import CAISystem
import FoundationEssentials

extension PodKeeper {
    /// Answers everybody who waits.
    func bootUp(_ say: @escaping @Sendable (String) -> Void) async {
        let result: Result<ReadyPod, GPUError>
        do throws(GPUError) {
            let pod = try await raise { [weak self] words in
                say(words)
                Task { await self?.sets(up: words) }
            }
            ready = pod
            idle = IdleState()
            result = .success(pod)
        } catch { result = .failure(error) }
        answer(result)
        publish()
        wakeup.yield()
    }

    private func sets(up words: String) {
        guard boot != nil else { return }
        setup = words
        publish()
    }

    private func raise(_ say: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod {
        await stopping?.value
        let (machine, connection) = try await reached(say)
        lastWord = uptime
        return ReadyPod(
            identity: "\(machine.id) \(machine.endpoint?.description ?? "")", connection: connection,
            transfer: transfer(machine))
    }

    /// A machine that runs and says where its sshd is.
    private func runningMachine(_ say: @escaping @Sendable (String) -> Void) async throws(GPUError) -> Machine {
        var ladder: RecoveryLadder?
        var deadline = uptime + settings.startDeadline
        // What was asked for shows in the provider's answers only after a while.
        var accepted: (status: MachineStatus, until: Double)?
        while true {
            let seen = try await patiently(until: wasReached ? .infinity : deadline) {
                () async throws(GPUError) in try await self.look()
            }
            switch seen.status {
            case .running where seen.endpoint != nil || !provider.features.isRemote: return seen
            case .stopped, .missing, .failed:
                if let accepted, accepted.status == seen.status, uptime < accepted.until {
                    try await sleep(settings.awaitEvery)
                    continue
                }
                // An API that answers with nothing now and then must not cost a second machine.
                if isExpected,
                    case .unknown(let why) = HealthPolicy(confirmAfter: settings.confirmAfter).verdict(
                        health, now: uptime)
                {
                    say(why)
                    try await sleep(settings.awaitEvery)
                    continue
                }
                isExpected = false
                try mayStartPod()
                var climbing = ladder ?? self.ladder(from: seen.status)
                if try await climb(&climbing, seen, say) {
                    accepted = (seen.status, uptime + 60)
                    deadline = uptime + settings.startDeadline
                }
                ladder = climbing
            case .running, .preparing, .unknown:
                guard uptime < deadline else {
                    throw GPUError(
                        .refused,
                        "the pod is still not ready \(Int(settings.startDeadline)) s after its start (\(seen.status)); "
                            + "look at it in the provider's console, or `caid pod stop`")
                }
                say("waiting for the pod to come up")
                try await sleep(settings.awaitEvery)
            }
        }
    }

    private func ladder(from status: MachineStatus) -> RecoveryLadder {
        RecoveryLadder(
            machine: status, gpus: provider.features.makesMachines ? settings.gpus : [],
            startedAt: uptime, seed: UInt64(max(0, now)))
    }

    /// Takes the next step of the ladder.
    /// - Returns: whether a machine was asked for, and that was accepted.
    private func climb(
        _ ladder: inout RecoveryLadder, _ seen: Machine, _ say: @Sendable (String) -> Void
    ) async throws(GPUError) -> Bool {
        switch ladder.next(now: uptime) {
        case .giveUp(let words): throw GPUError(.capacity, words)
        case .wait(let until, let why):
            say(why)
            try await sleep(max(0, until - uptime))
        case .look(let at):
            try await sleep(max(0, at - uptime))
            return ladder.looked(try await look().status, now: uptime)
        case .resume, .replace:
            let isNew = seen.status == .missing
            tell(isNew ? "asking for a pod" : "starting the pod \(seen.id)")
            say(isNew ? "asking for a pod" : "starting the pod")
            askedAt = now
            do throws(GPUError) {
                let step = ladder.next(now: uptime)
                if isNew || step == .resume { try await provider.start() } else { try await provider.replace() }
                isStartedByUs = !isHeld
                return true
            } catch {
                // Its answer was lost: where a machine comes of it, it is ours.
                if error.code == .ambiguous { isStartedByUs = !isHeld }
                warn("no pod yet: \(error)")
                ladder.failed(error, now: uptime)
            }
        }
        return false
    }

    /// A machine that runs, and a connection to it. Its sshd may take a while to answer, and while it does not, the machine may
    /// go away or move to another port: it is looked at again before each try.
    private func reached(
        _ say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) -> (Machine, any PodConnection) {
        let backoff = Backoff(first: settings.awaitEvery / 2, most: 30, seed: UInt64(max(0, uptime * 1e6)))
        let start = uptime
        var failures = 0
        while true {
            let machine = try await runningMachine(say)
            do throws(GPUError) {
                say("connecting to \(machine.endpoint?.description ?? "the pod")")
                let connection = try await provider.connect(to: machine)
                (wasReached, isExpected) = (true, true)
                health.ssh.says(.alive, at: uptime)
                try await furnish(connection, machine, say)
                return (machine, connection)
            } catch {
                failures += 1
                guard error.code == .unreachable, !Task.isCancelled, uptime - start < patience else { throw error }
                say("the pod does not answer: \(error.message)")
                try await sleep(error.retryAfter ?? backoff.delay(after: failures))
            }
        }
    }

    /// What was begun before a connection was lost goes on over there, and is waited for by the next.
    private func furnish(
        _ connection: any PodConnection, _ machine: Machine, _ say: @escaping @Sendable (String) -> Void
    ) async throws(GPUError) {
        do throws(GPUError) { try await bootstrap.prepare(connection, machine, say: say) } catch {
            await connection.close()
            throw error
        }
    }

    /// Seconds for which silence is waited out. What was reached once will be reached again when the network is back; what never
    /// was may be the wrong address.
    private var patience: Double { wasReached ? .infinity : settings.startDeadline }

    /// Tries again while the other side does not answer.
    private func patiently<Value: Sendable>(
        until deadline: Double, _ body: () async throws(GPUError) -> Value
    ) async throws(GPUError) -> Value {
        let backoff = Backoff(first: settings.awaitEvery / 2, most: 30, seed: UInt64(max(0, uptime * 1e6)))
        var failures = 0
        while true {
            do throws(GPUError) { return try await body() } catch {
                failures += 1
                guard [.unreachable, .rateLimited].contains(error.code), uptime < deadline, !Task.isCancelled else {
                    throw error
                }
                try await sleep(error.retryAfter ?? backoff.delay(after: failures))
            }
        }
    }

    func sleep(_ seconds: Double) async throws(GPUError) {
        do { try await Task.sleep(for: .seconds(seconds)) } catch {
            throw GPUError(.stopped, "stopped while waiting for the pod")
        }
    }
}
