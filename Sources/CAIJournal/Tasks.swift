// Owns the rows about tasks: who claimed what, how far it is, how it ended.
// Never decides a transition; it stores the one it is told, together with its event, in one transaction.

import CAISystem
import GRDB

/// One task's row. `state` and `outcome` are the workflow's own words.
public struct TaskRow: Codable, Sendable, Equatable, FetchableRecord {
    public var id: Int64
    public var queue: String
    public var name: String
    public var inode: Int64
    public var sha256: String
    public var run: String
    public var state: String
    public var claimedAt: Double
    public var finishedAt: Double?
    /// How often it has been claimed.
    public var claims: Int
    public var outcome: String?
    public var step: String?
    public var phase: String?
    public var fraction: Double?
    public var etaSeconds: Double?
    public var progressAt: Double?

    enum CodingKeys: String, CodingKey {
        case id, queue, name, inode, sha256, run, state, claims, outcome, step, phase, fraction
        case claimedAt = "claimed_at"
        case finishedAt = "finished_at"
        case etaSeconds = "eta_s"
        case progressAt = "progress_at"
    }
}

extension Journal {
    /// The newest row of a name in a queue.
    public func newestTask(queue: String, name: String) throws -> TaskRow? {
        try database.read {
            try TaskRow.fetchOne(
                $0, sql: "SELECT * FROM task WHERE queue = ? AND name = ? ORDER BY id DESC", arguments: [queue, name])
        }
    }

    public func task(_ id: Int64) throws -> TaskRow? {
        try database.read { try TaskRow.fetchOne($0, sql: "SELECT * FROM task WHERE id = ?", arguments: [id]) }
    }

    /// All rows in one of the given states, oldest claim first.
    public func tasks(in states: [String]) throws -> [TaskRow] {
        try database.read {
            try TaskRow.fetchAll(
                $0,
                sql:
                    "SELECT * FROM task WHERE state IN (\(states.map { _ in "?" }.joined(separator: ","))) ORDER BY id",
                arguments: StatementArguments(states))
        }
    }

    /// Adds a row. The run takes `stem`, or `stem-2`, `stem-3`, … where earlier tasks had that name.
    public func addTask(
        queue: String, name: String, stem: String, inode: Int64, sha256: String, state: String, at: Double
    ) throws -> TaskRow {
        try database.write { database in
            var (run, number) = (stem, 1)
            while try Bool.fetchOne(database, sql: "SELECT 1 FROM task WHERE run = ?", arguments: [run]) != nil {
                number += 1
                run = "\(stem)-\(number)"
            }
            try database.execute(
                sql: """
                    INSERT INTO task (queue, name, inode, sha256, run, state, claimed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [queue, name, inode, sha256, run, state, at])
            return TaskRow(
                id: database.lastInsertedRowID, queue: queue, name: name, inode: inode, sha256: sha256, run: run,
                state: state, claimedAt: at, claims: 1)
        }
    }

    /// Binds an earlier row to a file that has come back, for another attempt.
    /// - Parameter keepsOutcome: whether the outcome of the run before stays until this one has its own.
    public func reclaimTask(
        _ id: Int64, inode: Int64, sha256: String, state: String, keepsOutcome: Bool, at: Double
    ) throws {
        try database.write {
            try $0.execute(
                sql: """
                    UPDATE task SET inode = ?, sha256 = ?, state = ?, claimed_at = ?, finished_at = NULL,
                        outcome = CASE WHEN ? THEN outcome END, claims = claims + 1,
                        step = NULL, phase = NULL, fraction = NULL, eta_s = NULL, progress_at = NULL WHERE id = ?
                    """, arguments: [inode, sha256, state, at, keepsOutcome, id])
        }
    }

    /// The rows of these runs, oldest first.
    public func tasks(of runs: [String]) throws -> [TaskRow] {
        try database.read {
            try TaskRow.fetchAll(
                $0, sql: "SELECT * FROM task WHERE run IN (SELECT value FROM json_each(?)) ORDER BY id",
                arguments: [String(decoding: CanonicalJSON.encode(runs), as: UTF8.self)])
        }
    }

    /// All rows of one name in any queue, or all there are, newest first.
    public func tasks(named name: String?, limit: Int) throws -> [TaskRow] {
        try database.read {
            try TaskRow.fetchAll(
                $0,
                sql:
                    "SELECT * FROM task WHERE ?1 IS NULL OR name = ?1 OR run = ?1 ORDER BY claimed_at DESC, id DESC LIMIT ?2",
                arguments: [name, limit])
        }
    }

    /// Sets a state, with its outcome and event in the same transaction. A nil outcome leaves the stored one.
    public func setTask(
        _ id: Int64, state: String, outcome: String? = nil, finishedAt: Double? = nil, at: Double, event: String
    ) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    UPDATE task SET state = ?, outcome = COALESCE(?, outcome), finished_at = COALESCE(?, finished_at)
                    WHERE id = ?
                    """, arguments: [state, outcome, finishedAt, id])
            try database.execute(
                sql: "INSERT INTO event (at, actor, target, message) SELECT ?, 'caid', run, ? FROM task WHERE id = ?",
                arguments: [at, event, id])
        }
    }

    public func setProgress(
        _ id: Int64, step: String, phase: String, fraction: Double?, etaSeconds: Double?, at: Double
    ) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE task SET step = ?, phase = ?, fraction = ?, eta_s = ?, progress_at = ? WHERE id = ?",
                arguments: [step, phase, fraction, etaSeconds, at, id])
        }
    }
}
