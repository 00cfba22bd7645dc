// Owns the rows about approvals: which tasks were asked about, and which a person has approved.
// Never decides whether one is needed.

import GRDB

/// One task's approval. Times are seconds since 1970.
public struct ApprovalRow: Codable, Sendable, Equatable, FetchableRecord {
    public var queue: String
    public var name: String
    /// Stands in the box that was written into the file.
    public var nonce: String
    public var askedAt: Double
    public var approvedAt: Double?

    enum CodingKeys: String, CodingKey {
        case queue, name, nonce
        case askedAt = "asked_at"
        case approvedAt = "approved_at"
    }

    public init(queue: String, name: String, nonce: String, askedAt: Double, approvedAt: Double?) {
        (self.queue, self.name, self.nonce) = (queue, name, nonce)
        (self.askedAt, self.approvedAt) = (askedAt, approvedAt)
    }
}

extension Journal {
    public func approvals() throws -> [ApprovalRow] {
        try database.read { try ApprovalRow.fetchAll($0, sql: "SELECT * FROM approval") }
    }

    public func setApproval(_ row: ApprovalRow) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO approval (queue, name, nonce, asked_at, approved_at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (queue, name) DO UPDATE SET
                        nonce = excluded.nonce, asked_at = excluded.asked_at, approved_at = excluded.approved_at
                    """, arguments: [row.queue, row.name, row.nonce, row.askedAt, row.approvedAt])
        }
    }

    public func removeApproval(queue: String, name: String) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM approval WHERE queue = ? AND name = ?", arguments: [queue, name])
        }
    }
}
