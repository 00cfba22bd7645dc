// Owns the regular look at the pod: its account, the word to its dead-man switch, whether it may go on, and its end.
// Never judges; IdlePolicy and BudgetPolicy do.

import CAISystem
import FoundationEssentials

extension PodKeeper {
    /// Looks at the pod for as long as the daemon lives; what costs nothing and cannot be stopped needs no looking.
    public func run() async {
        let features = provider.features
        guard features.bills || features.stopsMachines else {
            _ = try? await look()
            verdict = "this machine is the pod"
            return publish()
        }
        await reportStrays()
        while !Task.isCancelled {
            await turn()
            await wait(pauseToNext)
        }
    }

    private var pauseToNext: Double {
        guard let machine, machine.status != .stopped, machine.status != .missing else {
            return uses.isEmpty ? settings.lookAtStoppedEvery : settings.lookEvery
        }
        guard let stopsAt else { return settings.lookEvery }
        return min(settings.lookEvery, max(0.2, stopsAt - uptime))
    }

    private func wait(_ seconds: Double) async {
        let timer = Task { [wakeup] in
            try await Task.sleep(for: .seconds(seconds))
            wakeup.yield()
        }
        var iterator = wakeups.makeAsyncIterator()
        _ = await iterator.next()
        timer.cancel()
    }

    func turn() async {
        do throws(GPUError) { try await look() } catch {
            warn("the provider does not say how the pod stands: \(error)")
        }
        judgeMoney()
        if let machine, machine.status == .running, stopping == nil, boot == nil {
            await greet()
            await judgeIdle(machine)
        } else {
            stopsAt = nil
            verdict = stopping != nil ? "is being stopped" : "not running"
        }
        publish()
    }

    /// The dead-man switch wants to hear from us now and then.
    private func greet() async {
        guard let ready, uptime - lastWord >= settings.wordEvery else { return }
        do throws(GPUError) {
            if let words = try await bootstrap.word(ready.connection) { warn(words) }
            lastWord = uptime
            health.ssh.says(.alive, at: uptime)
        } catch {
            warn("the pod did not take our word: \(error)")
            await suspect(ready, error)
        }
    }

    private func judgeIdle(_ machine: Machine) async {
        var activity = PodActivity(
            runningJobs: uses.keys.map { "\($0.task)/\($0.step)" }.sorted(), setups: setup.map { [$0] } ?? [],
            unpulled: notHere, verifiedBytes: arrivals, runnableTasks: demand.runnable,
            waitsOnlyForPeople: demand.waitsOnlyForPeople && !isHeld, gpuPercent: machine.gpuPercent,
            usdPerHour: machine.usdPerHour + machine.storageUSDPerHour)
        if uses.isEmpty, let ready { activity.people = await people(ready) }
        // While somebody was asked, work may have come.
        activity.runningJobs = uses.keys.map { "\($0.task)/\($0.step)" }.sorted()
        let judged = IdlePolicy(settings.idle).verdict(activity, &idle, now: uptime)
        (verdict, stopsAt) = (judged.words, judged.stopsAt)
        switch judged {
        case .stopNow(let why): stop("\(why)")
        case .stopWithLoss:
            warn(judged.words)
            stop(judged.words)
        case .busy, .idle, .keptForUnpulled: break
        }
    }

    /// Who is logged in there; our own commands have no terminal.
    private func people(_ pod: ReadyPod) async -> [String] {
        guard let said = try? await pod.connection.run(["who"], deadline: 30), said.status == 0 else { return [] }
        let names = String(decoding: said.output.prefix(4096), as: UTF8.self).split(separator: "\n")
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        return Array(Set(names)).sorted()
    }

    private func reportStrays() async {
        strays = (try? await provider.strays()) ?? []
        for stray in strays { tell(stray) }
    }

    // MARK: - Its end

    /// Asks for the stop, and for as long as it takes until the provider says that it is stopped.
    func stop(_ why: String) {
        guard stopping == nil else { return }
        tell("stopping the pod: \(why)")
        stopsAt = nil
        stopping = Task {
            await self.seeStopped()
            self.stopping = nil
            self.publish()
            self.wakeup.yield()
        }
        publish()
    }

    private func seeStopped() async {
        isExpected = false
        if let ready {
            self.ready = nil
            await ready.connection.close()
        }
        let backoff = Backoff(first: 1, most: 60, seed: UInt64(max(0, uptime * 1e6)))
        var failures = 0
        while !Task.isCancelled {
            do throws(GPUError) {
                try await provider.stop()
                let deadline = uptime + settings.stopDeadline
                while uptime < deadline {
                    let seen = try await look()
                    if [.stopped, .missing].contains(seen.status) { return tell("the pod is stopped") }
                    try await sleep(settings.awaitEvery)
                }
                warn(
                    "the pod was asked to stop and still runs after \(Int(settings.stopDeadline)) s; it is asked again")
            } catch {
                warn("the pod cannot be stopped yet, and still costs money: \(error)")
                failures += 1
                try? await sleep(error.retryAfter ?? backoff.delay(after: failures))
            }
        }
    }
}
