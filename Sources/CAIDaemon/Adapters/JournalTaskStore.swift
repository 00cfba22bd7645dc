// Owns the workflow's memory over the journal: one transaction a change.
// Never decides a transition.

import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials

/// `TaskStore` in `.caid/journal.sqlite`.
struct JournalTaskStore: TaskStore {
    let journal: Journal

    func newest(queue: String, name: String) throws -> TaskRecord? {
        try journal.newestTask(queue: queue, name: name).map(Self.record)
    }

    func claiming(
        queue: String, name: String, inode: UInt64, sha256: String, again: TaskRecord?, at: Date
    ) throws -> TaskRecord {
        let (inode, at) = (Int64(bitPattern: inode), at.timeIntervalSince1970)
        if let again {
            try journal.reclaimTask(
                again.id, inode: inode, sha256: sha256, state: RecordState.claiming.rawValue, at: at)
            guard let row = try journal.task(again.id) else {
                throw JournalError(
                    message: "task \(again.id) vanished", cause: "the journal was changed by another program")
            }
            return try Self.record(row)
        }
        let row = try journal.addTask(
            queue: queue, name: name, stem: TaskName(name).stem, inode: inode, sha256: sha256,
            state: RecordState.claiming.rawValue, at: at)
        return try Self.record(row)
    }

    func forget(_ record: TaskRecord) throws {
        try set(record, .pending, ending: nil, event: "not claimed after all", at: record.claimedAt)
    }

    func set(_ record: TaskRecord, _ state: RecordState, ending: TaskEnding?, event: String, at: Date) throws {
        let isEnd = state != .running && state != .finishing && state != .claiming
        try journal.setTask(
            record.id, state: state.rawValue,
            outcome: try ending.map { String(decoding: try CanonicalJSON.encode($0), as: UTF8.self) },
            finishedAt: isEnd ? at.timeIntervalSince1970 : nil, at: at.timeIntervalSince1970, event: event)
    }

    func remark(_ record: TaskRecord, _ message: String, at: Date) throws {
        try journal.addEvent(at: at.timeIntervalSince1970, actor: "caid", target: record.run, message: message)
    }

    func unfinished() throws -> [TaskRecord] {
        let states: [RecordState] = [.claiming, .running, .finishing]
        return try journal.tasks(in: states.map(\.rawValue)).map(Self.record)
    }

    static func record(_ row: TaskRow) throws -> TaskRecord {
        TaskRecord(
            id: row.id, queue: row.queue, name: row.name, inode: UInt64(bitPattern: row.inode), run: row.run,
            state: RecordState(rawValue: row.state) ?? .moved, claimedAt: Date(timeIntervalSince1970: row.claimedAt),
            ending: try row.outcome.map { try CanonicalJSON.decode(TaskEnding.self, from: $0.utf8) })
    }
}
