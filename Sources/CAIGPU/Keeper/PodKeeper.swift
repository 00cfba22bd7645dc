// Owns the one pod: started when work needs it, looked at while it costs money, stopped when nobody needs it. Everybody who
// works on it comes through here.
// Never decides by itself: what follows from a look is said by the policies (IdleStop/, Health/, Money/).

import CAISystem
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage

/// How the pod is kept. Seconds and USD.
public struct KeeperSettings: Sendable {
    public var idle: IdleSettings
    /// How long a start may take until its sshd answers.
    public var startDeadline = 900.0
    /// How long a stop may take until the provider says so; then it is asked for again.
    public var stopDeadline = 300.0
    /// Between two looks at a pod that costs money, and at one that does not.
    public var lookEvery = 30.0
    public var lookAtStoppedEvery = 600.0
    /// Between two looks while something is awaited.
    public var awaitEvery = 2.0
    /// How long a provider has to say that a machine is gone which somebody has heard from, before that is believed.
    public var confirmAfter = 10.0
    /// Between two words to the dead-man switch.
    public var wordEvery = 120.0
    /// What a pod will cost that has not been seen yet, USD.
    public var expectedUSDPerHour = 0.0
    /// What may be had in place of a pod that is gone, in the order of preference.
    public var gpus: [String] = []
    public var budget: BudgetSettings

    public init(idle: IdleSettings, budget: BudgetSettings) { (self.idle, self.budget) = (idle, budget) }
}

/// What the scheduler knows of work for the pod.
public struct PodDemand: Sendable, Equatable {
    /// Tasks that would use the pod now if it were free, by name.
    public var runnable: [String]
    /// Whether there are tasks for the pod and each of them waits for a person.
    public var waitsOnlyForPeople: Bool

    public init(runnable: [String] = [], waitsOnlyForPeople: Bool = false) {
        (self.runnable, self.waitsOnlyForPeople) = (runnable, waitsOnlyForPeople)
    }
}

/// Keeps the pod. One for each daemon.
public actor PodKeeper: PodAccess {
    struct Use {
        var interrupt: @Sendable (GPUError) -> Void
    }

    public nonisolated let provider: any Provider
    let bootstrap: any Bootstrap
    let transfer: @Sendable (Machine) -> any Transfer
    let store: any PodStore
    let settings: KeeperSettings
    let clock: any WallClock
    let log: Logger
    private let changed: @Sendable () -> Void
    private var shown: PodFacts?
    private nonisolated let price = Mutex(0.0)
    nonisolated let wakeups: AsyncStream<Void>
    nonisolated let wakeup: AsyncStream<Void>.Continuation

    /// As last seen, and when (uptime).
    var machine: Machine?
    var ready: ReadyPod?
    var boot: Task<Void, Never>?
    var waiters: [Int: CheckedContinuation<Result<ReadyPod, GPUError>, Never>] = [:]
    private var nextWaiter = 0
    var stopping: Task<Void, Never>?
    var uses: [PodUse: Use] = [:]
    var unpulled: Set<PodUse> = []
    /// How the pod stood for the daemon before us, until it is known whether that was the same machine.
    private var inherited: PodFacts?
    /// What an earlier daemon had left on the pod alone, as `task/step`.
    var leftBehind: Set<String> = []
    /// How often something has come home.
    var arrivals: Int64 = 0
    var demand = PodDemand()
    var idle = IdleState()
    /// What a start does just now, in words; nil where none is going on.
    var setup: String?
    var verdict = "not looked at yet"
    var warnings: [String] = []
    var strays: [String] = []
    var lastWord = -Double.infinity
    /// Who has heard of the machine last, and what.
    var health = HealthFacts()
    /// Whether the machine has answered, and we have not stopped it since: then a provider that calls it gone is asked again.
    var isExpected = false
    /// Whether some machine has answered in this life of the daemon.
    var wasReached = false
    /// Started by a person's word, so that only the window stops it.
    var isHeld = false
    /// Started in this life of the daemon.
    var isStartedByUs = false
    var stopsAt: Double?
    /// When we asked for the machine, seconds since 1970.
    var askedAt: Double?
    /// What each task may cost, USD; told before its work begins.
    var caps: [String: Double] = [:]

    /// - Parameter changed: called when the pod stands otherwise than before.
    public init(
        provider: any Provider, bootstrap: any Bootstrap, transfer: @escaping @Sendable (Machine) -> any Transfer,
        store: any PodStore, settings: KeeperSettings, clock: any WallClock, log: Logger,
        changed: @escaping @Sendable () -> Void = {}
    ) {
        (self.provider, self.bootstrap, self.transfer, self.store) = (provider, bootstrap, transfer, store)
        (self.settings, self.clock, self.log, self.changed) = (settings, clock, log, changed)
        // Before anything is published in its place.
        inherited = try? store.lastStanding()
        (wakeups, wakeup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    public nonisolated var hourlyPrice: Double { price.withLock { $0 } }

    /// Seconds of a clock that nobody sets.
    var uptime: Double { clock.uptime() / .seconds(1) }
    /// Seconds since 1970.
    var now: Double { clock.now().timeIntervalSince1970 }

    // MARK: - Those who use it

    public func begin(_ use: PodUse, interrupt: @escaping @Sendable (GPUError) -> Void) async throws(GPUError) {
        try mayStart(use)
        accountUntilNow()
        uses[use] = Use(interrupt: interrupt)
        publish()
        wakeup.yield()
    }

    public func end(_ use: PodUse, leaving: Bool) async {
        accountUntilNow()
        uses[use] = nil
        publish()
        wakeup.yield()
    }

    public func unpulled(_ use: PodUse, _ isUnpulled: Bool) async {
        if isUnpulled {
            unpulled.insert(use)
        } else {
            arrivals += 1
            unpulled.remove(use)
            leftBehind.remove("\(use.task)/\(use.step)")
        }
        publish()
        wakeup.yield()
    }

    /// What the scheduler would do with the pod; told at each of its turns.
    public func demands(_ demand: PodDemand) {
        guard demand != self.demand else { return }
        self.demand = demand
        wakeup.yield()
    }

    /// A job's new event was read.
    public func heard(_ use: PodUse) { health.events.says(.alive, at: uptime) }

    public func suspect(_ pod: ReadyPod, _ error: GPUError) async {
        guard ready?.identity == pod.identity else { return }
        health.ssh.says(.unknown(error.message), at: uptime)
        ready = nil
        await pod.connection.close()
        wakeup.yield()
    }

    public func ready(_ progress: @escaping @Sendable (String) -> Void) async throws(GPUError) -> ReadyPod {
        if let ready { return ready }
        if Task.isCancelled { throw GPUError(.stopped, "stopped before the pod was ready") }
        nextWaiter += 1
        let id = nextWaiter
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters[id] = continuation
                if boot == nil { boot = Task { await self.bootUp(progress) } }
            }
        } onCancel: {
            Task { await self.leave(id) }
        }
        return try result.get()
    }

    private func leave(_ waiter: Int) {
        waiters.removeValue(forKey: waiter)?.resume(
            returning: .failure(GPUError(.stopped, "stopped before the pod was ready")))
    }

    func answer(_ result: Result<ReadyPod, GPUError>) {
        boot = nil
        setup = nil
        for waiter in waiters.values { waiter.resume(returning: result) }
        waiters = [:]
    }

    // MARK: - The machine

    /// Asks the provider, and puts what has been spent since the last look on the account.
    @discardableResult
    func look() async throws(GPUError) -> Machine {
        let seen: Machine
        do throws(GPUError) { seen = try await provider.machine() } catch {
            health.provider.says(.unknown(error.message), at: uptime)
            throw error
        }
        health.provider.says(Witness.Word(seen.status), at: uptime)
        account(at: seen)
        machine = seen
        remember()
        if seen.usdPerHour > 0 { price.withLock { $0 = seen.usdPerHour } }
        return seen
    }

    /// Puts what was spent up to this moment on the accounts of those who used the pod so far.
    private func accountUntilNow() {
        var seen = machine
        // How long it had run was true when it was looked at.
        seen?.uptime = nil
        account(at: seen)
    }

    private func account(at seen: Machine?) {
        guard let seen, provider.features.bills else { return }
        let accounts = setup != nil ? [.setup] : Set(uses.keys.map { Account(task: $0.task, step: $0.step) })
        do {
            try store.metered(seen, at: now, accounts: accounts.sorted { $0.step < $1.step }, since: askedAt)
        } catch { warn("what the pod costs cannot be written down: \(error)") }
    }

    // MARK: - What people see

    func tell(_ message: String) {
        log.notice("\(message)")
        try? store.happened(message)
    }

    /// The same with other numbers is no news.
    func warn(_ message: String) {
        let kind = message.filter { !$0.isNumber }
        let isNews = warnings.first.map { $0.filter { !$0.isNumber } != kind } ?? true
        warnings = [message] + warnings.filter { $0.filter { !$0.isNumber } != kind }.prefix(4)
        if isNews { tell(message) }
    }

    /// Writes down how the pod stands, and tells whoever shows it where that is another thing than before.
    func publish() {
        var facts = facts
        try? store.stands(facts)
        // Told in whole seconds, since the two clocks they are made of are never read at the same moment.
        (facts.idleSince, facts.stopsAt) = (facts.idleSince?.rounded(), facts.stopsAt?.rounded())
        guard facts != shown else { return }
        shown = facts
        changed()
    }

    var facts: PodFacts {
        var facts = PodFacts(provider: provider.name, state: state)
        if let machine {
            (facts.machine, facts.gpu) = (machine.id, machine.gpu)
            facts.endpoint = machine.endpoint.map { "\($0.host):\($0.port)" }
            (facts.usdPerHour, facts.storageUSDPerHour) = (machine.usdPerHour, machine.storageUSDPerHour)
        }
        // Spans are measured by the uptime, instants are told by the time of day.
        let shift = now - uptime
        facts.idleSince = idle.idleSince.map { $0 + shift }
        facts.stopsAt = stopsAt.map { $0 + shift }
        facts.verdict = setup ?? verdict
        facts.unpulled = notHere
        (facts.warnings, facts.strays, facts.isStartedByUs) = (warnings, strays, isStartedByUs)
        if let inherited {
            // Whoever comes after us may be the first to see the machine.
            if facts.machine.isEmpty { facts.machine = inherited.machine }
            facts.unpulled = Array(Set(facts.unpulled).union(inherited.unpulled)).sorted()
            facts.isStartedByUs = facts.isStartedByUs || inherited.isStartedByUs
        }
        return facts
    }

    /// What is on the pod alone, as `task/step`.
    var notHere: [String] { leftBehind.union(unpulled.map { "\($0.task)/\($0.step)" }).sorted() }

    /// Takes up what the daemon before knew of the same machine.
    private func remember() {
        guard let facts = inherited, let id = machine?.id, !id.isEmpty else { return }
        inherited = nil
        guard facts.machine == id else { return }
        leftBehind.formUnion(facts.unpulled)
        isStartedByUs = isStartedByUs || facts.isStartedByUs
    }

    private var state: String {
        if stopping != nil { return "stopping" }
        return switch machine?.status {
        case nil, .unknown: "unknown"
        case .missing: "missing"
        case .preparing: "preparing"
        case .running: boot == nil ? "running" : "starting"
        case .stopped: "stopped"
        case .failed: "failed"
        }
    }
}
