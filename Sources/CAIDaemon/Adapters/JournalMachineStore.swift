// Owns the memory of which rented pod is ours over the journal.
// Never asks a provider.

import CAIGPU
import CAIJournal
import CAISystem
import FoundationEssentials

/// `MachineStore` in `.caid/journal.sqlite`.
struct JournalMachineStore: MachineStore {
    let provider: String
    let journal: Journal
    let clock: any WallClock

    func memory() throws -> MachineMemory {
        let intent = try journal.openMachineIntents().last { $0.provider == provider && $0.isOurs }
        // The one that was made last is the one in use; those it replaced are told of as strays.
        let pod = try journal.livingMachines().filter { $0.provider == provider && $0.isOurs }
            .max { ($0.madeAt ?? 0, $0.askedAt) < ($1.madeAt ?? 0, $1.askedAt) }
        return MachineMemory(
            intent: intent.map {
                MachineMemory.Intent(
                    name: $0.name, at: Date(timeIntervalSince1970: $0.askedAt), replaces: $0.replaces)
            },
            pod: pod.flatMap { row in
                row.id.map { MachineMemory.Pod(id: $0, name: row.name, replaces: row.replaces) }
            })
    }

    func creating(_ intent: MachineMemory.Intent) throws {
        try journal.machineIntent(
            name: intent.name, provider: provider, replaces: intent.replaces, at: intent.at.timeIntervalSince1970)
    }

    func created(_ pod: MachineMemory.Pod) throws { try journal.machineMade(name: pod.name, id: pod.id, at: now) }

    func notCreated(_ name: String) throws { try journal.machineForgotten(name: name, at: now) }

    func gone(_ id: String) throws { try journal.machineGone(id: id, at: now) }

    private var now: Double { clock.now().timeIntervalSince1970 }
}
