// Owns what the status files say of the pod and its money: how its keeper last described it, and how old that is.
// Never shows what was as what is: beside a daemon that does not run, only what was last seen, and when.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials

/// The pod's part of one report.
struct PodPages {
    /// The pod that is this machine has nothing to tell.
    let isLocal: Bool
    private let config: Config
    private let journal: Journal?
    private let daemonRuns: Bool
    private let now: Date
    private let facts: PodFacts?
    private let seenAt: Date
    private let machines: [RentedMachine]

    /// Seconds after which nobody may say any more that it is so: where no daemon looks, and where one looks every ten minutes
    /// at a pod that is stopped.
    private static let freshFor = (alone: 120.0, lookedAfter: 900.0)

    init(config: Config, journal: Journal?, daemonRuns: Bool, now: Date) throws {
        (self.config, self.journal, self.daemonRuns, self.now) = (config, journal, daemonRuns, now)
        isLocal = config.provider == .local
        let standing = try journal?.standing(JournalPodStore.standing)
        let told = standing.flatMap { try? CanonicalJSON.decode(PodFacts.self, from: $0.json.utf8) }
        facts = told?.provider == config.provider.rawValue ? told : nil
        seenAt = Date(timeIntervalSince1970: standing?.at ?? 0)
        machines = try journal.map { try RentedMachine.all($0, config) } ?? []
    }

    private var isOld: Bool {
        now.timeIntervalSince(seenAt) > (daemonRuns ? Self.freshFor.lookedAfter : Self.freshFor.alone)
    }

    var report: StatusReport.Pod {
        guard !isLocal else {
            return StatusReport.Pod(provider: "local", state: "running", idle_since: nil, stops_at: nil)
        }
        let isPresent = facts != nil && !isOld
        return StatusReport.Pod(
            provider: config.provider.rawValue, state: isPresent ? facts?.state ?? "unknown" : "unknown",
            idle_since: isPresent ? instant(facts?.idleSince) : nil,
            // Nobody stops it while the daemon does not run.
            stops_at: isPresent && daemonRuns ? instant(facts?.stopsAt) : nil)
    }

    /// nil where there is nothing to say: this machine is the pod, and no other one is left over.
    func page() throws -> PodPage? {
        var page = PodPage()
        page.strays = (facts?.strays ?? []) + unattended
        guard !isLocal else { return page.strays.isEmpty ? nil : page }
        guard let facts else {
            page.verdict = "nobody has looked at it yet"
            page.next = "`caid run` looks after the pod; `caid pod status` asks how it stands now."
            return page
        }
        (page.machine, page.gpu, page.unpulled) = (facts.machine, facts.gpu, facts.unpulled)
        (page.verdict, page.warnings) = (facts.verdict, facts.warnings)
        page.checkpoints = try checkpoints()
        if isOld {
            page.verdict = lastSeen(facts)
            page.next =
                "`caid pod status` asks how it stands now"
                + (daemonRuns ? "." : "; `caid run` looks after it again.")
        } else {
            page.endpoint = facts.endpoint
            (page.usdPerHour, page.storageUSDPerHour) = (facts.usdPerHour, facts.storageUSDPerHour)
        }
        return page
    }

    /// nil where there is nothing beyond what each step cost.
    func budget(spentUSD: Double) throws -> BudgetPage? {
        guard let journal else { return nil }
        var page = BudgetPage()
        page.usdPerHour = isOld ? 0 : machines.reduce(0) { $0 + $1.allUSDPerHour }
        page.usedUpAt = instant(
            CAIGPU.Forecast.endOfMoney(
                spentUSD: spentUSD, budgetUSD: config.budgetUSD, usdPerHour: page.usdPerHour,
                now: now.timeIntervalSince1970))
        page.pods = try journal.podSums().filter { $0.computeUSD != 0 || $0.storageUSD != 0 || $0.correctionUSD != 0 }
            .map {
                BudgetPage.Pod(
                    pod: $0.pod, seconds: $0.seconds, computeUSD: $0.computeUSD, storageUSD: $0.storageUSD,
                    correctionUSD: $0.correctionUSD)
            }
        page.corrections = try journal.corrections(limit: 20).map {
            BudgetPage.Correction(
                from: Date(timeIntervalSince1970: $0.bucket).instantText, pod: $0.pod, usd: $0.usd, words: $0.note)
        }
        page.rest = try rest(rate: isOld ? 0 : facts?.usdPerHour ?? 0)
        let money = BudgetFacts(
            spentUSD: spentUSD, budgetUSD: config.budgetUSD, warnAt: config.warnAt, usdPerHour: page.usdPerHour)
        switch BudgetPolicy.running(money) {
        case .warn(let words), .stopTask(let words), .stopAll(let words), .refuseStart(let words):
            page.warnings = [words]
        case .ok: break
        }
        if isOld { page.warnings += machines.map { "\($0.words): it may still cost that" } }
        return page == BudgetPage() ? nil : page
    }

    /// `last seen running at …, it may still cost money: …`
    private func lastSeen(_ facts: PodFacts) -> String {
        let seen = "last seen \(facts.state) at \(seenAt.instantText)"
        let isCheap = ["stopped", "missing"].contains(facts.state)
        if !isCheap { return "\(seen), it may still cost money: `caid pod status`" }
        guard facts.storageUSDPerHour > 0 else { return seen }
        return "\(seen), when its disk cost \(USD.text(facts.storageUSDPerHour * 24)) a day"
    }

    /// Machines that cost money and that are not the pod in use; those that the keeper has named itself are not named twice.
    private var unattended: [String] {
        machines.filter { machine in
            machine.id != facts?.machine && !(facts?.strays ?? []).contains { $0.contains(machine.id) }
        }.map { "\($0.words): delete it in the provider's console if nothing on it is needed" }
    }

    private func checkpoints() throws -> [PodPage.Checkpoint] {
        try jobs().map { job in
            let newest = try journal?.newestCheckpoint(ofJob: job.id)
            let safeUntil = newest?.at ?? job.startedAt
            return PodPage.Checkpoint(
                task: job.task, step: job.step, seq: newest?.seq,
                at: instant(newest?.at), atRisk: max(0, now.timeIntervalSince1970 - safeUntil))
        }
    }

    private func jobs() throws -> [JobRow] { try journal?.jobsAtWork(ofTasks: tasksAtWork().map(\.run)) ?? [] }

    private func tasksAtWork() throws -> [TaskRow] {
        let states: [RecordState] = [.claiming, .running, .finishing]
        return try journal?.tasks(in: states.map(\.rawValue)) ?? []
    }

    /// What running work on a pod that costs money will still take.
    private func rest(rate: Double) throws -> [BudgetPage.Rest] {
        guard rate > 0 else { return [] }
        let onPod = try Set(jobs().map(\.task))
        return try tasksAtWork().filter { onPod.contains($0.run) }.map { row in
            BudgetPage.Rest(
                task: row.run, seconds: row.etaSeconds,
                usd: row.etaSeconds.map { CAIGPU.Forecast.usd(seconds: $0, usdPerHour: rate) })
        }
    }

    private func instant(_ seconds: Double?) -> String? {
        seconds.map { Date(timeIntervalSince1970: $0).instantText }
    }
}
