// Owns the power-loss twin of the file system: the same verbs in memory, with the same errors, and every state in which a
// disk may come back when the power goes. Contents are durable once `create` returns, names once their folder is synced.
// Never sloppier than a real disk may be; permissions alone are taken to be durable at once.

import Synchronization
import SystemPackage

/// A file system in memory that can lose what was not synced. Copies are independent; links lead nowhere.
public final class PowerLossFiles: FileOperations {
    /// What a name stands for.
    public struct Entry: Sendable, Hashable {
        public var kind: FileKind
        public var inode: UInt64
        public var bytes: [UInt8]
    }

    let disk: Mutex<PowerLossDisk>
    let clock: any WallClock

    /// An empty disk, `/` alone.
    public convenience init(clock: any WallClock = SystemWallClock(), renames: RenameDurability = .atomic) {
        self.init(PowerLossDisk(renames: renames, at: clock.nanoseconds), clock)
    }

    private init(_ disk: PowerLossDisk, _ clock: any WallClock) {
        self.disk = Mutex(disk)
        self.clock = clock
    }

    public var renames: RenameDurability { disk.withLock { $0.renames } }

    public func copy() -> PowerLossFiles { PowerLossFiles(disk.withLock { $0 }, clock) }

    /// Every state in which the disk may come back after a power loss now, all distinct, at most `limit`. What is left in
    /// each is durable, and nobody has a file open.
    public func crashStates(limit: Int = 4096) -> [PowerLossFiles] {
        disk.withLock { $0.afterPowerLoss(limit: limit) }.map { PowerLossFiles($0, clock) }
    }

    /// Everything on the disk as programs see it, by absolute path.
    public func entries() -> [String: Entry] {
        let tree = disk.withLock { $0.live }
        var found: [String: Entry] = [:]
        func visit(_ inode: UInt64, _ path: String) {
            guard let node = tree.nodes[inode] else { return }
            found[path] = Entry(kind: node.kind, inode: inode, bytes: node.bytes)
            for (name, inode) in node.entries { visit(inode, path == "/" ? "/\(name)" : "\(path)/\(name)") }
        }
        visit(FileTree.root, "/")
        return found
    }

    /// sync(2): everything that anybody wrote is durable.
    public func syncAll() { disk.withLock { $0.syncAll() } }

    public func list(_ folder: FilePath) throws -> [String] {
        try disk.withLock { disk in
            let node = try disk.live.followed(folder).node
            guard node.kind == .directory else { throw Errno.notDirectory }
            return node.entries.keys.sorted()
        }
    }

    public func status(_ path: FilePath) throws -> FileStatus? {
        try disk.withLock { disk in
            do {
                let (inode, node) = try disk.live.node(path)
                return FileStatus(
                    kind: node.kind, inode: inode, size: Int64(node.bytes.count), modified: node.modified,
                    mode: node.mode)
            } catch Errno.noSuchFileOrDirectory { return nil } catch Errno.notDirectory { return nil }
        }
    }

    public func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        try disk.withLock { disk in
            let node = try disk.live.node(path).node
            if node.kind == .link { throw Errno.tooManySymbolicLinkLevels }
            guard node.kind == .regular else { throw Errno.invalidArgument }
            if node.bytes.count > limit { throw Errno.fileTooLarge }
            return node.bytes
        }
    }

    public func create(_ path: FilePath, bytes: [UInt8], mode: FilePermissions) throws {
        try createUnsynced(path, bytes: bytes, mode: mode)
        try syncFile(path)
    }

    public func rename(_ from: FilePath, to: FilePath, _ mode: RenameMode) throws {
        let now = clock.nanoseconds
        try disk.withLock { disk in
            let (source, target) = (try disk.live.place(from), try disk.live.place(to))
            guard source.name != "", target.name != "" else { throw Errno.resourceBusy }
            guard let inode = source.inode, let node = disk.live.nodes[inode] else {
                throw Errno.noSuchFileOrDirectory
            }
            let replaced = target.inode.flatMap { disk.live.nodes[$0] }
            if mode == .exclusive, replaced != nil { throw Errno.fileExists }
            if mode == .exchange, replaced == nil { throw Errno.noSuchFileOrDirectory }
            if disk.live.contains(inode, target.folder) { throw Errno.invalidArgument }
            if let other = target.inode, disk.live.contains(other, source.folder) {
                throw mode == .exchange ? Errno.invalidArgument : Errno.directoryNotEmpty
            }
            if inode == target.inode { return }
            if mode == .replace, let replaced {
                if node.kind == .directory, replaced.kind != .directory { throw Errno.notDirectory }
                if node.kind != .directory, replaced.kind == .directory { throw Errno.isDirectory }
                if !replaced.entries.isEmpty { throw Errno.directoryNotEmpty }
            }
            let gains = FileChange.entry(folder: target.folder, name: target.name, inode: inode, at: now)
            let loses = FileChange.entry(
                folder: source.folder, name: source.name, inode: mode == .exchange ? target.inode : nil, at: now)
            if disk.renames == .separate, mode != .exchange, node.kind != .directory, source.folder != target.folder {
                disk.perform([loses], after: disk.perform([gains]))
            } else {
                disk.perform([gains, loses], emptied: replaced?.kind == .directory ? target.inode : nil)
            }
            disk.collect()
        }
    }

    public func link(_ from: FilePath, to: FilePath) throws {
        let now = clock.nanoseconds
        try disk.withLock { disk in
            let (inode, node) = try disk.live.node(from)
            let target = try disk.live.place(to)
            if target.inode != nil { throw Errno.fileExists }
            if node.kind == .directory { throw Errno.notPermitted }
            disk.perform([.entry(folder: target.folder, name: target.name, inode: inode, at: now)])
        }
    }

    public func setPermissions(_ path: FilePath, _ mode: FilePermissions) throws {
        try disk.withLock { disk in disk.setMode(try disk.live.followed(path).inode, UInt16(mode.rawValue)) }
    }

    public func remove(_ path: FilePath) throws {
        let now = clock.nanoseconds
        try disk.withLock { disk in
            let place = try disk.live.place(path)
            guard let inode = place.inode, let node = disk.live.nodes[inode] else { throw Errno.noSuchFileOrDirectory }
            if place.name == "" { throw Errno.resourceBusy }
            if !node.entries.isEmpty { throw Errno.directoryNotEmpty }
            disk.perform(
                [.entry(folder: place.folder, name: place.name, inode: nil, at: now)],
                emptied: node.kind == .directory ? inode : nil)
            disk.collect()
        }
    }

    public func makeDirectory(_ path: FilePath) throws { try place(.directory, at: path, mode: 0o755) }

    public func isBeingWritten(_ path: FilePath) throws -> Bool {
        try disk.withLock { disk in
            let (inode, node) = try disk.live.node(path)
            if node.kind == .link { throw Errno.tooManySymbolicLinkLevels }
            return disk.writers[inode] != nil
        }
    }

    public func syncDirectory(_ path: FilePath) throws {
        try disk.withLock { disk in
            let (inode, node) = try disk.live.followed(path)
            guard node.kind == .directory else { throw Errno.notDirectory }
            disk.sync(entriesOf: inode)
        }
    }

    /// A new node of some kind under a name that must be free.
    /// - Returns: its number.
    @discardableResult
    func place(_ kind: FileKind, at path: FilePath, mode: UInt16) throws -> UInt64 {
        let now = clock.nanoseconds
        return try disk.withLock { disk in
            let place = try disk.live.place(path)
            if place.inode != nil { throw Errno.fileExists }
            let inode = disk.makeNode(FileTree.Node(kind: kind, mode: mode, modified: now))
            disk.perform([.entry(folder: place.folder, name: place.name, inode: inode, at: now)])
            return inode
        }
    }
}

extension WallClock {
    /// Since 1970.
    var nanoseconds: Int64 { Int64((now().timeIntervalSince1970 * 1e9).rounded()) }
}
