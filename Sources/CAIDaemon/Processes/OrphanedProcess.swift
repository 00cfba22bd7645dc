// Owns the limits of a program whose supervisor was killed: the program still holds the lock, so it still runs, and nobody
// else is left to end it. Who belongs to it is told by the lock that they inherited, by the group, and by descent.
// Never signals a process that is only known by its number.

import CAISystem
import FoundationEssentials
import Glibc

/// A running program, as the daemon sees it from outside.
struct OrphanedProcess {
    let folder: ProcessFolder
    /// Why we are ending it, once we are.
    private(set) var reason: ProcessEnd?
    private var killAt: Date?

    init(folder: ProcessFolder) { self.folder = folder }

    /// Does what the supervisor would do by now, where that is gone.
    /// - Returns: seconds until there may be something to do again.
    mutating func enforceLimits() -> Double {
        guard let start = try? folder.readStart(), !start.supervisor.isAlive, let usage = usage(),
            let request = try? folder.readRequest()
        else { return .infinity }
        reason = reason ?? request.breach(usage)
        guard reason != nil else { return request.nextLimit(usage) ?? .infinity }
        let now = Date()
        guard let killAt else {
            killAt = now.addingTimeInterval(request.grace)
            signal(SIGTERM, start)
            return request.grace
        }
        guard now >= killAt else { return killAt.timeIntervalSince(now) }
        signal(SIGKILL, start)
        return 1
    }

    /// From the times of the files; nil where the program was not started, or nothing can be read.
    func usage() -> ProcessUsage? {
        guard let start = try? folder.readStart() else { return nil }
        let outputs = [folder.stdout, folder.stderr].compactMap { try? folder.files.status($0) }
        let last = outputs.map { Double($0.modified) / 1e9 }.reduce(start.at, max)
        let now = Date().timeIntervalSince1970
        return ProcessUsage(
            seconds: now - start.at, quiet: now - last, output: outputs.reduce(0) { $0 + Int($1.size) },
            isStopAsked: (try? folder.exists(folder.stop)) == true)
    }

    private func signal(_ number: Int32, _ start: ProcessStart) {
        let table = ProcessTable.now()
        let holders = table.holders(of: folder.lock)
        let leader = start.program.flatMap { $0.isAlive ? $0.pid : nil }
        // A group is ours as long as its leader or somebody with our lock is in it.
        let groups = Set(table.entries.filter { holders.contains($0.pid) || $0.pid == leader }.map(\.group))
            .intersection([start.program?.pid].compactMap { $0 })
        let members = holders.union(table.entries.filter { groups.contains($0.group) }.map(\.pid))
        for pid in members.union(table.descendants(of: members)) where pid != getpid() { kill(pid, number) }
    }
}
