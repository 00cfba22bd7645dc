// Owns the rows about jobs: written before a process is started anywhere, so that it can be found again.
// Never talks to a pod.

import GRDB

/// One job's row. `starts` counts how often a process was started for it.
public struct JobRow: Codable, Sendable, Equatable, FetchableRecord {
    public var id: String
    public var task: String
    public var step: String
    public var kind: String
    public var pod: String
    public var state: String
    public var startedAt: Double
    public var endedAt: Double?
    public var starts: Int

    enum CodingKeys: String, CodingKey {
        case id, task, step, kind, pod, state, starts
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }
}

extension Journal {
    /// The intent to start a job; called again for the same id, it counts one more start.
    public func jobStarts(id: String, task: String, step: String, kind: String, pod: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO job (id, task, step, kind, pod, state, started_at, starts) VALUES (?, ?, ?, ?, ?, 'running', ?, 1)
                    ON CONFLICT (id) DO UPDATE SET state = 'running', ended_at = NULL, starts = starts + 1,
                        task = excluded.task, step = excluded.step, pod = excluded.pod
                    """, arguments: [id, task, step, kind, pod, at])
        }
    }

    /// How a job ended, and what it has cost so far, in one transaction. A job that ends again after a restart replaces
    /// its ledger row, so that no second is counted twice.
    /// - Parameter isMetered: whether the meter counts the pod's time (Meter.swift): then this adds nothing to the ledger.
    public func jobEnded(
        id: String, state: String, seconds: Double, usd: Double, at: Double, isMetered: Bool = false
    ) throws {
        try database.write { database in
            try database.execute(
                sql: "UPDATE job SET state = ?, ended_at = ? WHERE id = ?", arguments: [state, at, id])
            if isMetered { return }
            try database.execute(
                sql: """
                    INSERT INTO ledger (at, job, pod, task, step, seconds, usd, what)
                    SELECT ?, id, pod, task, step, ?, ?, kind FROM job WHERE id = ?
                    ON CONFLICT (job) DO UPDATE SET at = excluded.at, seconds = excluded.seconds, usd = excluded.usd
                    """, arguments: [at, seconds, usd, id])
        }
    }

    /// All jobs of a run, in the order of their first start.
    public func jobs(ofTask run: String) throws -> [JobRow] {
        try database.read {
            try JobRow.fetchAll($0, sql: "SELECT * FROM job WHERE task = ? ORDER BY started_at", arguments: [run])
        }
    }
}
