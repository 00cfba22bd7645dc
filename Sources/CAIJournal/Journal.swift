// Owns the open journal: one SQLite file in write-ahead mode, full synchronous, one writer.
// The only target that imports GRDB. Never decides anything: it remembers what it is told and tells it back.

import CAISystem
import GRDB
import SystemPackage

/// What can go wrong with the journal.
public struct JournalError: Error, CustomStringConvertible {
    public var message: String
    public var cause: String

    public init(message: String, cause: String) { (self.message, self.cause) = (message, cause) }

    public var description: String { "\(message): \(cause)" }
}

/// The daemon's memory, `.caid/journal.sqlite`. Times are seconds since 1970; money is USD.
public struct Journal: Sendable {
    let database: any DatabaseWriter & DatabaseReader

    /// Opens the journal for writing, making and migrating it as needed. The caller holds the workspace's lock.
    /// - Throws: `JournalError` where the file is damaged or cannot be written.
    public init(writing path: FilePath) throws {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let pool = try DatabasePool(path: path.string, configuration: configuration)
            // Only now: making the pool sets it to NORMAL, with which a power cut takes the last commits back.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Self.migrator.migrate(pool)
            database = pool
        } catch {
            throw JournalError(
                message: "\(path): cannot open the journal (to start with an empty one, move the file aside)",
                cause: "\(error)")
        }
    }

    /// Opens the journal for reading beside a running daemon; nil where there is none yet, or one of an
    /// older version.
    /// - Throws: `JournalError` where the file is damaged.
    public init?(reading path: FilePath) throws {
        guard try RealFiles().status(path) != nil else { return nil }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path.string, configuration: configuration)
            // Made and not migrated yet, or left by an older version: whoever holds the lock next brings it up to date.
            guard try queue.read(Self.migrator.hasCompletedMigrations) else { return nil }
            database = queue
        } catch {
            throw JournalError(message: "\(path): cannot read the journal", cause: "\(error)")
        }
    }
}
