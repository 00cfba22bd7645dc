// Owns what a person, or the end of the daemon, asks of the pod: start it, stop it, leave it.
// Never stops it over work that is at work or not here, but where the person says so.

import CAISystem

extension PodKeeper {
    /// Seconds that stopping jobs and bringing their checkpoints home may take.
    private static let savingDeadline = 2700.0

    /// How the pod stands now, by its provider.
    public func stand() async throws(GPUError) -> PodFacts {
        try await look()
        verdict = machine?.status == .running ? "nobody looks after it" : "not running"
        publish()
        return facts
    }

    /// Starts the pod because a person wants it: from then on only its idle window stops it.
    /// - Returns: the machine, ready for work.
    public func startForPerson(_ say: @escaping @Sendable (String) -> Void) async throws(GPUError) -> Machine {
        isHeld = true
        _ = try await ready(say)
        guard let machine else { throw GPUError(.unreachable, "nobody knows how the pod stands; ask again") }
        return machine
    }

    /// Whether a person may have the pod stopped now.
    /// - Parameter force: jobs are stopped with a checkpoint before; without it, work that is going on is a refusal.
    /// - Throws: `.refused` with what is in the way, and what to do.
    public func mayStop(force: Bool) throws(GPUError) {
        guard provider.features.stopsMachines else {
            throw GPUError(.refused, "the pod of provider '\(provider.name)' is not ours to stop")
        }
        let atWork = uses.keys.map { "\($0.task)/\($0.step)" }.sorted()
        guard force || (uses.isEmpty && boot == nil) else {
            throw GPUError(
                .refused,
                "\(Words.list(atWork.isEmpty ? ["its start"] : atWork)) is at work on the pod. `caid cancel` it, or "
                    + "`caid pod stop --force` stops it with a checkpoint")
        }
        guard force || notHere.isEmpty else {
            throw GPUError(
                .refused,
                "this is on the pod and not here: \(Words.list(notHere)). `caid retry` its task to bring it home, or "
                    + "`caid pod stop --force` leaves it on the pod's disk")
        }
    }

    /// Stops the pod because a person wants it, and waits until its provider says so.
    public func stopForPerson(force: Bool) async throws(GPUError) {
        try mayStop(force: force)
        try await look()
        let words = "the pod was stopped with `caid pod stop --force`; its work is saved up to its last checkpoint"
        for use in uses.values { use.interrupt(GPUError(.refused, words)) }
        let deadline = uptime + Self.savingDeadline
        while !uses.isEmpty, uptime < deadline { try await sleep(0.2) }
        isHeld = false
        if isOn { stop("a person wants it") }
        await stopping?.value
    }

    /// The daemon ends: a pod that it had started and that has nothing left to do is stopped, and its stop waited for.
    /// - Parameter stopping: whether there is nothing left to do.
    /// - Returns: what a person should know of a pod that runs on; nil where none costs money.
    public func leave(stopping isOver: Bool) async -> String? {
        guard provider.features.stopsMachines else { return nil }
        if isOver, isStartedByUs, stopping == nil, uses.isEmpty, notHere.isEmpty, isOn {
            stop("nothing is left to do")
        }
        await stopping?.value
        guard isOn, let machine else { return nil }
        let price = Words.usd(machine.usdPerHour)
        return "the pod \(machine.id) runs on and costs \(price) an hour"
            + (notHere.isEmpty ? "" : "; not here yet: \(Words.list(notHere))")
            + ". `caid run` looks after it again, `caid pod stop` stops it; without either, its dead-man switch does"
    }

    /// Whether the machine costs computing time, as far as is known.
    private var isOn: Bool {
        guard let machine else { return false }
        return ![.stopped, .missing].contains(machine.status)
    }
}
