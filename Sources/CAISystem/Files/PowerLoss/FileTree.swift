// Owns a tree of files in memory: nodes by inode number, folders as names of nodes, paths looked up as Linux does.
// Never knows what is durable; PowerLossDisk keeps two of these.

import SystemPackage

/// What one change does to a tree.
enum FileChange: Sendable, Hashable {
    /// A folder's entry now names this node, or nothing. Nanoseconds since 1970.
    case entry(folder: UInt64, name: String, inode: UInt64?, at: Int64)
    case contents(inode: UInt64, bytes: [UInt8], at: Int64)
}

/// A file system's contents.
struct FileTree: Sendable, Hashable {
    struct Node: Sendable, Hashable {
        var kind: FileKind
        var mode: UInt16
        var modified: Int64
        var bytes: [UInt8] = []
        var entries: [String: UInt64] = [:]
    }

    /// Where a path leads: an entry that may not exist yet.
    struct Place {
        var folder: UInt64
        var name: String
        var inode: UInt64?
    }

    static let root: UInt64 = 2

    var nodes: [UInt64: Node]

    init(at now: Int64) { nodes = [Self.root: Node(kind: .directory, mode: 0o755, modified: now)] }

    mutating func apply(_ change: FileChange) {
        switch change {
        case .entry(let folder, let name, let inode, let now):
            nodes[folder]?.entries[name] = inode
            nodes[folder]?.modified = now
        case .contents(let inode, let bytes, let now):
            nodes[inode]?.bytes = bytes
            nodes[inode]?.modified = now
        }
    }

    /// - Throws: `Errno.noSuchFileOrDirectory` or `.notDirectory` for what stands above the last name; a link above it
    ///   leads nowhere here.
    func place(_ path: FilePath) throws -> Place {
        var names: [String] = []
        for name in path.string.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(String(name)) }
        }
        guard let last = names.last else { return Place(folder: Self.root, name: "", inode: Self.root) }
        var folder = Self.root
        for name in names.dropLast() {
            guard let inode = try entry(name, in: folder), let node = nodes[inode], node.kind != .link else {
                throw Errno.noSuchFileOrDirectory
            }
            guard node.kind == .directory else { throw Errno.notDirectory }
            folder = inode
        }
        return Place(folder: folder, name: last, inode: try entry(last, in: folder))
    }

    /// A node that must exist, and its number.
    func node(_ path: FilePath) throws -> (inode: UInt64, node: Node) {
        guard let inode = try place(path).inode, let node = nodes[inode] else { throw Errno.noSuchFileOrDirectory }
        return (inode, node)
    }

    /// As `node`, where the last name may be a link to follow: it leads nowhere.
    func followed(_ path: FilePath) throws -> (inode: UInt64, node: Node) {
        let found = try node(path)
        if found.node.kind == .link { throw Errno.noSuchFileOrDirectory }
        return found
    }

    /// Whether a node is this folder or lies somewhere below it.
    func contains(_ folder: UInt64, _ inode: UInt64) -> Bool { reachable(from: [folder]).contains(inode) }

    func reachable(from starts: some Sequence<UInt64>) -> Set<UInt64> {
        var (found, rest) = (Set<UInt64>(), Array(starts))
        while let inode = rest.popLast() {
            guard let node = nodes[inode], found.insert(inode).inserted else { continue }
            rest += node.entries.values
        }
        return found
    }

    private func entry(_ name: String, in folder: UInt64) throws -> UInt64? {
        if name.utf8.count > 255 { throw Errno.fileNameTooLong }
        return nodes[folder]?.entries[name]
    }
}
