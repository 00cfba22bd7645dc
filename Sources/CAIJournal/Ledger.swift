// Owns the sums over the ledger, and the list of events.
// Never prices anything: rows arrive with their seconds and USD.

import GRDB

/// Pod time and money of one task's step.
public struct LedgerSum: Codable, Sendable, Equatable, FetchableRecord {
    public var task: String
    public var step: String
    public var seconds: Double
    public var usd: Double
}

/// Something that happened: when (seconds since 1970), who, to what, and in words.
public struct EventRow: Codable, Sendable, Equatable, FetchableRecord {
    public var at: Double
    public var actor: String
    public var target: String
    public var message: String
}

extension Journal {
    /// Sums per task and step, in the order in which they first appear. The time in which a disk was kept is no pod time.
    public func ledgerSums() throws -> [LedgerSum] {
        try database.read {
            try LedgerSum.fetchAll(
                $0,
                sql: """
                    SELECT task, step, SUM(CASE what WHEN 'storage' THEN 0 ELSE seconds END) AS seconds, SUM(usd) AS usd
                    FROM ledger GROUP BY task, step ORDER BY MIN(id)
                    """)
        }
    }

    public func addEvent(at: Double, actor: String, target: String, message: String) throws {
        try database.write {
            try $0.execute(
                sql: "INSERT INTO event (at, actor, target, message) VALUES (?, ?, ?, ?)",
                arguments: [at, actor, target, message])
        }
    }

    /// All events of one target, oldest first.
    public func events(of target: String) throws -> [EventRow] {
        try database.read {
            try EventRow.fetchAll(
                $0, sql: "SELECT at, actor, target, message FROM event WHERE target = ? ORDER BY id",
                arguments: [target])
        }
    }

    /// The newest events first.
    public func events(limit: Int) throws -> [EventRow] {
        try database.read {
            try EventRow.fetchAll(
                $0, sql: "SELECT at, actor, target, message FROM event ORDER BY id DESC LIMIT ?", arguments: [limit])
        }
    }
}
