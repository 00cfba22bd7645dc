// Owns the mistakes that a daemon might have, planted into its disk and its memory, to show that the interleavings find them.
// Never part of a run that is to succeed.

import CAIWorkflow
import FoundationEssentials
import Synchronization

/// What is wrong with a daemon.
enum InterleavingMistake: String, CaseIterable, Sendable {
    /// A move replaces what lies at its destination, instead of taking a number.
    case takenNameIsReplaced
    /// An amendment's text is not kept.
    case amendmentIsLost
    /// A document is replaced by what was made of it, whatever was saved meanwhile.
    case saveIsOverwritten
    /// A file that a program still writes to counts as finished.
    case openFilesAreNotSeen
    /// Moves are not made durable.
    case foldersAreNotSynced
    /// The intent to claim is not stored.
    case claimIsForgotten
    /// A claim has the number of the one before.
    case claimsAreNotCounted
    /// The decided ending is not stored before it is carried out.
    case endingIsNotRemembered
    /// What a dead daemon had begun is not finished.
    case recoveryIsLeftOut
    /// A claimed task is started twice.
    case secondWorkIsStarted
}

/// The memory as a daemon uses it.
struct InterleavingStore: TaskStore {
    let memory: MemoryStore
    let gate: InterleavingGate
    let mistake: InterleavingMistake?

    func newest(queue: String, name: String) throws -> TaskRecord? {
        try gate.look()
        return try memory.newest(queue: queue, name: name)
    }

    func claiming(
        queue: String, name: String, inode: UInt64, sha256: String, again: TaskRecord?, at: Date
    ) throws -> TaskRecord {
        let before = memory.records
        var record = try memory.claiming(
            queue: queue, name: name, inode: inode, sha256: sha256, again: again, at: at)
        if mistake == .claimIsForgotten { memory.memory.state.withLock { $0.records = before } }
        if mistake == .claimsAreNotCounted {
            record.claims = 1
            memory.memory.state.withLock { state in
                for index in state.records.indices { state.records[index].claims = 1 }
            }
        }
        return record
    }

    func forget(_ record: TaskRecord) throws { try memory.forget(record) }

    func set(_ record: TaskRecord, _ state: RecordState, ending: TaskEnding?, event: String, at: Date) throws {
        if mistake == .endingIsNotRemembered, state == .finishing { return try gate.step() }
        try memory.set(record, state, ending: ending, event: event, at: at)
    }

    func remark(_ target: String, _ message: String, at: Date) throws { try memory.remark(target, message, at: at) }

    func returned() throws -> [TaskRecord] {
        try gate.look()
        return try memory.returned()
    }

    func approvals() throws -> [String: Approval] {
        try gate.look()
        return try memory.approvals()
    }

    func set(_ approval: Approval?, queue: String, name: String) throws {
        try memory.set(approval, queue: queue, name: name)
    }

    func spending() throws -> (totalUSD: Double, items: [RoadmapSpend]) { try memory.spending() }

    func unfinished() throws -> [TaskRecord] {
        try gate.look()
        return try memory.unfinished()
    }
}
