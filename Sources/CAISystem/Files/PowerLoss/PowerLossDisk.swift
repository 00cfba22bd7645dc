// Owns what a disk holds and what it would hold after a power loss: the tree as programs see it, the tree as it is durable,
// and the changes in between, each with those it cannot precede.
// Never reads a path; the verbs above it do.

/// How the two halves of a rename from one folder to another reach the disk.
public enum RenameDurability: Sendable, CaseIterable {
    /// In one step, as every journalling or copy-on-write file system does (ext4, XFS, Btrfs, F2FS, ZFS).
    case atomic
    /// One after the other, new name first: all that may be relied on where there is no journal. A file is then found
    /// under its old name, under its new one, or under both; never under none. A swap of two files and the move of a folder
    /// are one step all the same, since no half of them would be a state that a repair could have left.
    case separate
}

/// A disk with a volatile and a durable side.
struct PowerLossDisk: Sendable {
    /// Changes that become durable together.
    struct Item: Sendable {
        var id: Int
        var changes: [FileChange]
        /// The items that must be durable before this one.
        var needs: Set<Int>
    }

    let renames: RenameDurability
    private(set) var live: FileTree
    private(set) var durable: FileTree
    /// Oldest first.
    private(set) var pending: [Item] = []
    private var nextID = 0
    /// How many programs have a file open for writing.
    var writers: [UInt64: Int] = [:]

    init(renames: RenameDurability, at now: Int64) {
        self.renames = renames
        live = FileTree(at: now)
        durable = live
    }

    /// A new node without a name. Numbers are used again as soon as nothing remembers them, which is the worst that file
    /// systems do.
    mutating func makeNode(_ node: FileTree.Node) -> UInt64 {
        var inode = FileTree.root + 1
        while live.nodes[inode] != nil || durable.nodes[inode] != nil { inode += 1 }
        live.nodes[inode] = node
        durable.nodes[inode] = node
        return inode
    }

    /// Makes changes visible at once, and durable some time: all together, or none.
    /// - Parameter after: an item that must be durable before, and `emptied` a folder whose own changes must be.
    /// - Returns: the item's number.
    @discardableResult
    mutating func perform(_ changes: [FileChange], after: Int? = nil, emptied: UInt64? = nil) -> Int {
        for change in changes { live.apply(change) }
        let keys = Set(changes.map(Self.key))
        let needs = pending.filter { item in
            item.id == after || item.changes.contains { keys.contains(Self.key($0)) }
                || emptied.map { folder in item.changes.contains { Self.isEntry($0, of: folder) } } ?? false
        }
        nextID += 1
        pending.append(Item(id: nextID, changes: changes, needs: Set(needs.map(\.id))))
        return nextID
    }

    mutating func setMode(_ inode: UInt64, _ mode: UInt16) {
        live.nodes[inode]?.mode = mode
        durable.nodes[inode]?.mode = mode
    }

    mutating func sync(entriesOf folder: UInt64) { commit { Self.isEntry($0, of: folder) } }

    mutating func sync(contentsOf inode: UInt64) { commit { Self.key($0) == .contents(inode) } }

    mutating func syncAll() { commit { _ in true } }

    /// Forgets nodes that nothing can find any more.
    mutating func collect() {
        let named = pending.flatMap(\.changes).map { change in
            switch change {
            case .entry(_, _, let inode, _): inode ?? FileTree.root
            case .contents(let inode, _, _): inode
            }
        }
        let starts = [FileTree.root] + named + writers.keys
        let kept = live.reachable(from: starts).union(durable.reachable(from: starts))
        if kept.count == live.nodes.count { return }
        live.nodes = live.nodes.filter { kept.contains($0.key) }
        durable.nodes = durable.nodes.filter { kept.contains($0.key) }
    }

    /// Every state that a power loss now may leave: the durable tree with any of the pending items, as long as each
    /// comes with those it needs. Distinct, at most `limit`, the one without any first.
    func afterPowerLoss(limit: Int) -> [PowerLossDisk] {
        var (seen, states) = (Set<FileTree>(), [PowerLossDisk]())
        func visit(_ index: Int, _ tree: FileTree, _ chosen: Set<Int>) {
            if states.count == limit { return }
            guard index < pending.count else {
                var tree = tree
                let kept = tree.reachable(from: [FileTree.root])
                tree.nodes = tree.nodes.filter { kept.contains($0.key) }
                if seen.insert(tree).inserted { states.append(PowerLossDisk(renames: renames, tree)) }
                return
            }
            visit(index + 1, tree, chosen)
            let item = pending[index]
            guard item.needs.isSubset(of: chosen) else { return }
            var changed = tree
            for change in item.changes { changed.apply(change) }
            visit(index + 1, changed, chosen.union([item.id]))
        }
        visit(0, durable, [])
        return states
    }

    private init(renames: RenameDurability, _ tree: FileTree) {
        (self.renames, live, durable) = (renames, tree, tree)
    }

    private mutating func commit(_ isWanted: (FileChange) -> Bool) {
        var wanted = Set(pending.filter { $0.changes.contains(where: isWanted) }.map(\.id))
        for item in pending.reversed() where wanted.contains(item.id) { wanted.formUnion(item.needs) }
        for item in pending where wanted.contains(item.id) { for change in item.changes { durable.apply(change) } }
        pending.removeAll { wanted.contains($0.id) }
        for index in pending.indices { pending[index].needs.subtract(wanted) }
        collect()
    }

    private enum Key: Hashable {
        case entry(UInt64, String)
        case contents(UInt64)
    }

    private static func key(_ change: FileChange) -> Key {
        switch change {
        case .entry(let folder, let name, _, _): .entry(folder, name)
        case .contents(let inode, _, _): .contents(inode)
        }
    }

    private static func isEntry(_ change: FileChange, of folder: UInt64) -> Bool {
        if case .entry(folder, _, _, _) = change { true } else { false }
    }
}
