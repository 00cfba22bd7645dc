// Owns the rows about machines: the intent under a unique name before one is asked for, its provider's id, its end; and how the pod
// stood when it was last written down.
// Never asks a provider; what an open intent became is found out by the name.

import GRDB

/// One machine's row. Times are seconds since 1970, prices USD per hour.
public struct MachineRow: Codable, Sendable, Equatable, FetchableRecord {
    /// The name under which its provider knows it; the id where somebody else has named it.
    public var name: String
    public var provider: String
    /// nil while nobody knows whether the intent came to anything.
    public var id: String?
    /// Whether we had it made.
    public var isOurs: Bool
    /// The id of the machine that it was to replace.
    public var replaces: String?
    public var askedAt: Double
    public var madeAt: Double?
    public var goneAt: Double?
    /// As last seen, in a word.
    public var state: String?
    public var meteredFrom: Double?
    public var meteredUntil: Double?
    /// At the moment up to which it is metered.
    public var usdPerHour: Double
    public var storageUSDPerHour: Double

    enum CodingKeys: String, CodingKey {
        case name, provider, id, state, replaces
        case isOurs = "is_ours"
        case askedAt = "asked_at"
        case madeAt = "made_at"
        case goneAt = "gone_at"
        case meteredFrom = "metered_from"
        case meteredUntil = "metered_until"
        case usdPerHour = "usd_per_hour"
        case storageUSDPerHour = "storage_usd_per_hour"
    }
}

extension Journal {
    /// The intent to have a machine made; called again for the same name, it changes nothing.
    public func machineIntent(name: String, provider: String, replaces: String? = nil, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO machine (name, provider, is_ours, replaces, asked_at) VALUES (?, ?, 1, ?, ?)
                    ON CONFLICT (name) DO NOTHING
                    """, arguments: [name, provider, replaces, at])
        }
    }

    /// The machine of that name is there. What was metered of it before its name was known stays its own.
    public func machineMade(name: String, id: String, at: Double) throws {
        try database.write { database in
            let early = try MachineRow.fetchOne(
                database, sql: "SELECT * FROM machine WHERE id = ? AND name <> ?", arguments: [id, name])
            try database.execute(sql: "DELETE FROM machine WHERE id = ? AND name <> ?", arguments: [id, name])
            try database.execute(
                sql: "UPDATE machine SET id = ?, made_at = COALESCE(made_at, ?) WHERE name = ?",
                arguments: [id, at, name])
            guard let early else { return }
            try database.execute(
                sql: """
                    UPDATE machine SET state = ?, metered_from = ?, metered_until = ?, usd_per_hour = ?,
                        storage_usd_per_hour = ? WHERE name = ?
                    """,
                arguments: [
                    early.state, early.meteredFrom, early.meteredUntil, early.usdPerHour, early.storageUSDPerHour, name,
                ])
        }
    }

    /// The intent came to nothing: no machine has that name.
    public func machineForgotten(name: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE machine SET gone_at = ? WHERE name = ? AND id IS NULL AND gone_at IS NULL",
                arguments: [at, name])
        }
    }

    /// The machine was terminated or deleted.
    public func machineGone(id: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE machine SET gone_at = ?, state = 'missing' WHERE id = ? AND gone_at IS NULL",
                arguments: [at, id])
        }
    }

    /// Intents of which nobody knows what they became, oldest first.
    public func openMachineIntents() throws -> [MachineRow] {
        try database.read {
            try MachineRow.fetchAll(
                $0, sql: "SELECT * FROM machine WHERE id IS NULL AND gone_at IS NULL ORDER BY asked_at, name")
        }
    }

    /// Machines that are there, as far as is known, oldest first.
    public func livingMachines() throws -> [MachineRow] {
        try database.read {
            try MachineRow.fetchAll(
                $0, sql: "SELECT * FROM machine WHERE id IS NOT NULL AND gone_at IS NULL ORDER BY asked_at, name")
        }
    }

    public func machine(id: String) throws -> MachineRow? {
        try database.read { try Self.machine(id, $0) }
    }

    static func machine(_ id: String, _ database: Database) throws -> MachineRow? {
        try MachineRow.fetchOne(database, sql: "SELECT * FROM machine WHERE id = ?", arguments: [id])
    }

    /// How something stands now, for other processes to read: the last word replaces the one before.
    public func setStanding(_ name: String, json: String, at: Double) throws {
        try database.write {
            try $0.execute(
                sql: """
                    INSERT INTO standing (name, json, at) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET json = excluded.json, at = excluded.at
                    """, arguments: [name, json, at])
        }
    }

    /// - Returns: the last word, and when it was said.
    public func standing(_ name: String) throws -> (json: String, at: Double)? {
        try database.read {
            try Row.fetchOne($0, sql: "SELECT json, at FROM standing WHERE name = ?", arguments: [name]).map {
                (json: $0["json"], at: $0["at"])
            }
        }
    }
}
