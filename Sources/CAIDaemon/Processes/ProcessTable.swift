// Owns a look at the machine's processes: who descends from whom, in which group, and who holds a lock open.
// A number names a process only together with its start time, since numbers are given again.
// Never signals anybody.

import CAISystem
import SystemPackage

/// A process that cannot be mistaken for a later one with the same number.
struct ProcessIdentity: Codable, Sendable, Hashable {
    var pid: Int32
    /// When it started, in clock ticks since the machine did.
    var startTicks: UInt64

    /// Nil where there is no such process.
    init?(_ pid: Int32) {
        guard let entry = ProcessTable.entry(pid) else { return nil }
        (self.pid, startTicks) = (pid, entry.startTicks)
    }

    /// Whether it still runs; one that has ended but was not waited for yet does not.
    var isAlive: Bool {
        guard let entry = ProcessTable.entry(pid) else { return false }
        return entry.startTicks == startTicks && !entry.isDead
    }
}

/// All processes at one moment.
struct ProcessTable {
    struct Entry: Hashable {
        var pid: Int32
        var parent: Int32
        var group: Int32
        var startTicks: UInt64
        var isDead: Bool
    }
    var entries: [Entry]

    static func now() -> ProcessTable {
        let names = (try? RealFiles().list("/proc")) ?? []
        return ProcessTable(entries: names.compactMap { Int32($0) }.compactMap(entry))
    }

    /// One process, from `/proc/PID/stat`: the name stands in parentheses and may hold any character, so what counts starts
    /// after the last one.
    static func entry(_ pid: Int32) -> Entry? {
        guard let bytes = try? RealFiles().read(FilePath("/proc/\(pid)/stat"), limit: 4096),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let group = Int32(fields[2]),
            let ticks = UInt64(fields[19])
        else { return nil }
        return Entry(
            pid: pid, parent: parent, group: group, startTicks: ticks, isDead: ["Z", "X", "x"].contains(fields[0]))
    }

    /// Everything that descends from the given processes, without these.
    func descendants(of roots: Set<Int32>) -> Set<Int32> {
        let children = Dictionary(grouping: entries.filter { !$0.isDead }, by: \.parent)
        var found: Set<Int32> = []
        var open = Array(roots)
        while let parent = open.popLast() {
            for child in children[parent] ?? [] where !roots.contains(child.pid) && found.insert(child.pid).inserted {
                open.append(child.pid)
            }
        }
        return found
    }

    /// The processes that inherited a held lock under the number it is handed on with.
    func holders(of lock: FilePath) -> Set<Int32> {
        guard let inode = (try? RealFiles().status(lock))?.map(\.inode) else { return [] }
        return Set(
            entries.map(\.pid).filter { pid in
                let path = FilePath("/proc/\(pid)/fdinfo/\(Supervisor.inheritedLock)")
                guard let bytes = try? RealFiles().read(path, limit: 1 << 16) else { return false }
                return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains {
                    $0.contains("FLOCK") && $0.contains(":\(inode) ")
                }
            })
    }
}
