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
                again.id, inode: inode, sha256: sha256, state: RecordState.claiming.rawValue,
                keepsOutcome: again.state == .pending, at: at)
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

    func remark(_ target: String, _ message: String, at: Date) throws {
        try journal.addEvent(at: at.timeIntervalSince1970, actor: "caid", target: target, message: message)
    }

    func spending() throws -> (totalUSD: Double, items: [RoadmapSpend]) {
        let sums = try journal.ledgerSums()
        let usd = Dictionary(sums.map { ($0.task, $0.usd) }, uniquingKeysWith: +)
        let items = try journal.tasks(of: Array(usd.keys)).flatMap { row in
            guard let ending = try Self.record(row).ending, ending.cause == .succeeded else { return [RoadmapSpend]() }
            return RoadmapSpend.shares(of: usd[row.run] ?? 0, among: ending.roadmap)
        }
        return (usd.values.reduce(0, +), items)
    }

    func returned() throws -> [TaskRecord] {
        try journal.tasks(in: [RecordState.pending.rawValue]).map(Self.record)
    }

    func approvals() throws -> [String: Approval] {
        Dictionary(
            try journal.approvals().map { row in
                let approval = Approval(
                    nonce: row.nonce, askedAt: Date(timeIntervalSince1970: row.askedAt),
                    approvedAt: row.approvedAt.map { Date(timeIntervalSince1970: $0) })
                return ("\(row.queue)/\(row.name)", approval)
            }
        ) { $1 }
    }

    func set(_ approval: Approval?, queue: String, name: String) throws {
        guard let approval else { return try journal.removeApproval(queue: queue, name: name) }
        try journal.setApproval(
            ApprovalRow(
                queue: queue, name: name, nonce: approval.nonce, askedAt: approval.askedAt.timeIntervalSince1970,
                approvedAt: approval.approvedAt?.timeIntervalSince1970))
    }

    func unfinished() throws -> [TaskRecord] {
        let states: [RecordState] = [.claiming, .running, .finishing]
        return try journal.tasks(in: states.map(\.rawValue)).map(Self.record)
    }

    static func record(_ row: TaskRow) throws -> TaskRecord {
        TaskRecord(
            id: row.id, queue: row.queue, name: row.name, inode: UInt64(bitPattern: row.inode), run: row.run,
            state: RecordState(rawValue: row.state) ?? .moved, claimedAt: Date(timeIntervalSince1970: row.claimedAt),
            claims: row.claims, ending: try row.outcome.map { try CanonicalJSON.decode(TaskEnding.self, from: $0.utf8) }
        )
    }
}
