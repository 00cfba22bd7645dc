// Owns the pod's account and fate over the journal.
// Never prices anything; Meter does.

import CAIGPU
import CAIJournal
import CAISystem
import FoundationEssentials

/// `PodStore` in `.caid/journal.sqlite`.
struct JournalPodStore: PodStore {
    /// Under which the pod's standing is kept for `caid status`.
    static let standing = "pod"
    let provider: String
    let journal: Journal
    let clock: any WallClock

    func metered(_ machine: Machine, at: Double, accounts: [Account], since: Double?) throws {
        guard !machine.id.isEmpty else { return }
        let row = try journal.machine(id: machine.id)
        let record = row.flatMap { row in
            row.meteredUntil.map {
                MeterRecord(
                    pod: machine.id, until: $0, usdPerHour: row.usdPerHour, storageUSDPerHour: row.storageUSDPerHour)
            }
        }
        // Of one that a daemon before us asked for and never saw, the journal knows when.
        let asked = since ?? row.flatMap { $0.isOurs ? $0.askedAt : nil }
        let (next, slice) = Meter.look(machine, at: at, after: record, since: asked)
        guard let next else { return }
        let rows = (slice?.entries(for: accounts) ?? []).map {
            MeterRow(
                bucket: $0.bucket, to: $0.to, task: $0.account.task, step: $0.account.step, what: $0.what.rawValue,
                seconds: $0.seconds, usd: $0.usd)
        }
        try journal.addMeter(
            rows,
            MeterMark(
                pod: machine.id, provider: provider, state: "\(machine.status)", from: slice?.from ?? next.until,
                until: next.until, usdPerHour: next.usdPerHour, storageUSDPerHour: next.storageUSDPerHour))
        if machine.status == .missing { try journal.machineGone(id: machine.id, at: at) }
    }

    func spent() throws -> (total: Double, byTask: [String: Double]) {
        let byTask = Dictionary(try journal.ledgerSums().map { ($0.task, $0.usd) }, uniquingKeysWith: +)
        return (byTask.values.reduce(0, +), byTask)
    }

    func happened(_ message: String) throws {
        try journal.addEvent(at: clock.now().timeIntervalSince1970, actor: "caid", target: "pod", message: message)
    }

    func lastStanding() throws -> PodFacts? {
        try journal.standing(Self.standing).flatMap { try? CanonicalJSON.decode(PodFacts.self, from: $0.json.utf8) }
    }

    func stands(_ facts: PodFacts) throws {
        try journal.setStanding(
            Self.standing, json: String(decoding: try CanonicalJSON.encode(facts), as: UTF8.self),
            at: clock.now().timeIntervalSince1970)
    }
}
