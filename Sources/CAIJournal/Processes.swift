// Owns the rows about programs that were started on this machine: written before the start, so that each can be found again.
// Never starts one.

import GRDB

/// One program's row. `purpose` is agent, reviewer or verify; times are seconds since 1970.
public struct ProcessRow: Codable, Sendable, Equatable, FetchableRecord {
    public var id: String
    public var run: String
    public var purpose: String
    public var command: String
    public var startedAt: Double
    public var endedAt: Double?
    /// How it ended, in words.
    public var outcome: String?

    enum CodingKeys: String, CodingKey {
        case id, run, purpose, command, outcome
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }
}

extension Journal {
    /// The intent to start a program. Called again for the same id (taken up after a restart), it changes nothing.
    public func processStarts(id: String, run: String, purpose: String, command: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO process (id, run, purpose, command, started_at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO NOTHING
                    """, arguments: [id, run, purpose, command, at])
        }
    }

    public func processEnded(id: String, outcome: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE process SET ended_at = ?, outcome = ? WHERE id = ? AND ended_at IS NULL",
                arguments: [at, outcome, id])
        }
    }

    /// All programs of a run, in the order of their start.
    public func processes(ofRun run: String) throws -> [ProcessRow] {
        try database.read {
            try ProcessRow.fetchAll(
                $0, sql: "SELECT * FROM process WHERE run = ? ORDER BY started_at", arguments: [run])
        }
    }
}
