// Owns the machines behind the pods: begun, ended, found again; each start and each end of a pod after the one before.
// Never decides whether one may be had; the verbs in Cloud.swift do.

import CAISystem
import Glibc
import SystemPackage

extension Cloud {
    /// Ends every process of a pod and empties its container; its volume stays.
    func shutDown(_ id: String, _ status: PodStatus) async {
        change(id) { $0.boot += 1 }  // a start or an end that is under way gives up
        await boots[id]?.value
        guard let pod = try? pod(id) else { return }
        if await !Processes.killAll(of: folder.pod(id), sshd: pod.sshd?.process) {
            complain("pod \(id): some processes could not be ended")
        }
        guard isCurrent(pod) else { return }
        try? files.removeTree(plan(for: pod).container)
        change(id) {
            $0.status = status
            $0.isStopping = false
            $0.delays = Delays()
        }
    }

    private func isCurrent(_ pod: PodRecord) -> Bool { (try? self.pod(pod.id))?.boot == pod.boot }

    /// Begins a start; it goes on by itself.
    func boot(_ id: String, _ operation: Operation) {
        guard let pod = try? pod(id) else { return }
        let slow = trouble.draw(.slowStart, for: Occasion(operation, pod: pod), at: now).map { $0.seconds ?? 5 } ?? 0
        change(id) {
            $0.boot += 1
            $0.status = .provisioning
            $0.startedAt = nil
            $0.isStopping = false
            // Fetching the image, which is STARTING, takes longest.
            ($0.delays.provisioned, $0.delays.started) = (now + slow / 10, now + slow)
        }
        if let booting = try? self.pod(id) { boots[id] = Task { await finishBoot(booting, operation) } }
    }

    private func finishBoot(_ pod: PodRecord, _ operation: Operation) async {
        let plan = plan(for: pod)
        do {
            guard try await wait(for: pod, until: \.provisioned) else { return }
            change(pod.id) { $0.status = .starting }
            guard try await wait(for: pod, until: \.started) else { return }
            try prepareDisks(plan)
            let sshd = try await Sshd.start(plan, not: pod.sshd?.port)
            guard isCurrent(pod) else { throw CancellationError() }
            let occasion = Occasion(operation, pod: pod)
            let runtime = trouble.draw(.noRuntime, for: occasion, at: now).map { $0.seconds ?? 5 } ?? 0
            let ports = trouble.draw(.noPorts, for: occasion, at: now).map { $0.seconds ?? 5 } ?? 0
            change(pod.id) {
                $0.sshd = sshd
                $0.status = .running
                $0.startedAt = now
                ($0.delays.runtime, $0.delays.ports) = (now + runtime, now + ports)
            }
        } catch {
            _ = await Processes.killAll(of: plan.folder, sshd: nil)
            guard isCurrent(pod) else { return }
            complain("pod \(pod.id) does not start: \((error as? Problem)?.detail ?? "\(error)")")
            change(pod.id) { $0.status = .error }
        }
    }

    /// - Returns: false where the start was given up meanwhile.
    private func wait(for pod: PodRecord, until delay: KeyPath<Delays, Double>) async throws -> Bool {
        while let current = try? self.pod(pod.id), current.boot == pod.boot {
            if now >= current.delays[keyPath: delay] { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// What was put off and is due: slow stops, and sshds that come back as they were.
    func carryOutDelayed() async {
        for pod in state.pods {
            if pod.isStopping, let stop = pod.delays.stop, stop <= now { await shutDown(pod.id, .exited) }
            guard let back = pod.delays.sshd, back <= now, let port = pod.sshd?.port else { continue }
            change(pod.id) { $0.delays.sshd = nil }
            let sshd = try? await Sshd.revive(plan(for: pod), on: port)
            if isCurrent(pod), let sshd {
                change(pod.id) { $0.sshd = sshd }
            } else if let process = sshd?.process {
                Processes.kill(sshd: process)
            }
        }
    }

    private func symlink(_ target: FilePath, at path: FilePath) throws {
        guard Glibc.symlink(target.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    }

    private func prepareDisks(_ plan: SshdPlan) throws {
        try files.removeTree(plan.container)
        try files.makeDirectories(plan.container)
        try files.makeDirectories(plan.workspace)
        let link = plan.container.appending("workspace")
        if link != plan.workspace { try symlink(plan.workspace, at: link) }
        let keys = plan.authorized.map { $0 + "\n" }.joined()
        try files.writeAtomically(plan.authorizedKeys, bytes: Array(keys.utf8), mode: [.ownerReadWrite])
    }

    nonisolated func plan(for pod: PodRecord) -> SshdPlan {
        let own = folder.pod(pod.id)
        let workspace =
            switch pod.order.mount {
            case .persistent: own.appending("volume")
            case .network(let volume, _): folder.networkVolume(volume)
            // Without a volume it is part of the container's disk, and as lost by a stop.
            case nil: own.appending("container").appending("workspace")
            }
        return SshdPlan(
            folder: own, workspace: workspace,
            pod: pod.id, key: pod.key, apiURL: settings.apiURL, cache: settings.cache, authorized: pod.authorized,
            // An empty command, unlike none, replaces the image's own, which would start sshd.
            hasSshd: pod.order.args != "")
    }

    /// Takes up what an earlier run left: running pods whose sshd still lives go on, the others are found stopped.
    func adopt() async {
        for pod in state.pods where pod.status.isUp {
            if pod.status == .running, pod.sshd?.process?.isAlive == true { continue }
            await shutDown(pod.id, .exited)
        }
    }

    /// Stops every machine.
    func close() async {
        for pod in state.pods { await shutDown(pod.id, pod.status.isUp ? .exited : pod.status) }
    }
}
