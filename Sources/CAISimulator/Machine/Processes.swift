// Owns a look at this machine's processes, and the end of all those of one pod.
// Never signals a process that carries neither the pod's mark nor descends from one that does.

import CAISystem
import Glibc
import SystemPackage

/// A process that cannot be mistaken for a later one with the same number.
struct ProcessIdentity: Codable, Sendable, Hashable {
    var pid: Int32
    /// In clock ticks since the machine started.
    var startTicks: UInt64

    var isAlive: Bool {
        guard let entry = Processes.entry(pid) else { return false }
        return entry.identity == self && !entry.isDead
    }
}

enum Processes {
    struct Entry {
        var identity: ProcessIdentity
        var parent: Int32
        var isDead: Bool
    }

    /// The variable that every process of a pod inherits: the path of the pod's folder, which no other simulator shares.
    static let mark = "SIM_POD_FOLDER"

    /// One process, from `/proc/PID/stat`: the name stands in parentheses and may hold any character.
    static func entry(_ pid: Int32) -> Entry? {
        guard let bytes = try? RealFiles().read(FilePath("/proc/\(pid)/stat"), limit: 4096),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let ticks = UInt64(fields[19]) else { return nil }
        return Entry(
            identity: ProcessIdentity(pid: pid, startTicks: ticks), parent: parent,
            isDead: ["Z", "X", "x"].contains(fields[0]))
    }

    private static func all() -> [Entry] {
        ((try? RealFiles().list("/proc")) ?? []).compactMap { Int32($0) }.compactMap(entry).filter { !$0.isDead }
    }

    private static func isMarked(_ pid: Int32, _ folder: FilePath) -> Bool {
        func holds(_ file: String, _ wanted: String, between separator: UInt8) -> Bool {
            let bytes = (try? RealFiles().read(FilePath("/proc/\(pid)/\(file)"), limit: 4 << 20)) ?? []
            return bytes.split(separator: separator).contains { $0.elementsEqual(wanted.utf8) }
        }
        // sshd writes its title over its environment, but the title still names its configuration.
        return holds("environ", "\(mark)=\(folder)", between: 0)
            || holds("cmdline", "\(folder.appending("sshd_config"))", between: UInt8(ascii: " "))
            || holds("cmdline", "\(folder.appending("sshd_config"))", between: 0)
    }

    /// Every living process of the given ones and below them.
    private static func family(of roots: Set<Int32>, in entries: [Entry]) -> Set<Int32> {
        let children = Dictionary(grouping: entries, by: \.parent)
        var found = roots
        var open = Array(roots)
        while let parent = open.popLast() {
            for child in children[parent] ?? [] where found.insert(child.identity.pid).inserted {
                open.append(child.identity.pid)
            }
        }
        return found.intersection(entries.map(\.identity.pid))
    }

    /// Ends sshd and its connections, but not what was started over them and left their sessions.
    static func kill(sshd: ProcessIdentity) {
        guard sshd.isAlive else { return }
        _ = Glibc.kill(sshd.pid, SIGSTOP)  // so that it starts no connection while its own are counted
        let entries = all()
        let connections = family(of: [sshd.pid], in: entries).filter { pid in
            let name = (try? RealFiles().read(FilePath("/proc/\(pid)/comm"), limit: 64)) ?? []
            return name.starts(with: "sshd".utf8)
        }
        for pid in connections { _ = Glibc.kill(pid, SIGKILL) }
    }

    /// Ends every process of a pod: its sshd, what was started over it, also in sessions of their own and with no parent left.
    /// - Returns: false where some still lived after five seconds.
    static func killAll(of folder: FilePath, sshd: ProcessIdentity?) async -> Bool {
        for _ in 0..<250 {
            if let sshd, sshd.isAlive { _ = Glibc.kill(sshd.pid, SIGSTOP) }
            let entries = all()
            var roots = Set(entries.map(\.identity.pid).filter { isMarked($0, folder) })
            if let sshd, sshd.isAlive { roots.insert(sshd.pid) }
            let family = family(of: roots, in: entries)
            if family.isEmpty { return true }
            for pid in family { _ = Glibc.kill(pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
