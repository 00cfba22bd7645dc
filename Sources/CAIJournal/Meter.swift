// Owns the metered rows of the ledger: what each pod cost, by buckets of time, and the corrections of a provider's bill.
// Never prices anything, and never adds a stretch of time to what was metered already.

import GRDB

/// A row to be added. Rows of the same pod, bucket, task, step and kind are added up.
public struct MeterRow: Sendable, Equatable {
    /// Its bucket's first second.
    public var bucket: Double
    /// The end of the time it is for.
    public var to: Double
    public var task: String
    public var step: String
    /// `compute` or `storage`.
    public var what: String
    public var seconds: Double
    public var usd: Double

    public init(
        bucket: Double, to: Double, task: String, step: String, what: String, seconds: Double, usd: Double
    ) {
        (self.bucket, self.to, self.task, self.step) = (bucket, to, task, step)
        (self.what, self.seconds, self.usd) = (what, seconds, usd)
    }
}

/// One look at a machine, as the meter leaves it. Times are seconds since 1970, prices USD per hour.
public struct MeterMark: Sendable, Equatable {
    /// The provider's id of the machine.
    public var pod: String
    public var provider: String
    public var state: String
    /// Up to when it was metered before, and is now.
    public var from: Double
    public var until: Double
    public var usdPerHour: Double
    public var storageUSDPerHour: Double

    public init(
        pod: String, provider: String, state: String, from: Double, until: Double, usdPerHour: Double,
        storageUSDPerHour: Double
    ) {
        (self.pod, self.provider, self.state) = (pod, provider, state)
        (self.from, self.until) = (from, until)
        (self.usdPerHour, self.storageUSDPerHour) = (usdPerHour, storageUSDPerHour)
    }
}

/// What one pod cost in all.
public struct PodSum: Codable, Sendable, Equatable, FetchableRecord {
    public var pod: String
    public var seconds: Double
    public var computeUSD: Double
    public var storageUSD: Double
    public var correctionUSD: Double
}

/// What was spent on one day, `2026-11-21` in UTC.
public struct DaySum: Codable, Sendable, Equatable, FetchableRecord {
    public var day: String
    public var usd: Double
}

/// A difference to the provider's bill that was entered.
public struct CorrectionRow: Codable, Sendable, Equatable, FetchableRecord {
    public var pod: String
    public var bucket: Double
    public var usd: Double
    public var note: String
    public var at: Double
}

extension Journal {
    /// Adds what a pod cost and how far it is metered now, in one transaction. A machine that nobody has announced gets its row.
    /// - Returns: false, and nothing is added, where the pod is metered beyond `from` already.
    @discardableResult
    public func addMeter(_ rows: [MeterRow], _ mark: MeterMark) throws -> Bool {
        try database.write { database in
            if try Self.machine(mark.pod, database) == nil {
                try database.execute(
                    sql:
                        "INSERT INTO machine (name, provider, id, is_ours, asked_at, made_at) VALUES (?, ?, ?, 0, ?, ?)",
                    arguments: [mark.pod, mark.provider, mark.pod, mark.from, mark.from])
            }
            let metered = try Self.machine(mark.pod, database)?.meteredUntil
            if let metered, metered > mark.from { return false }
            for row in rows {
                try Self.add(row, pod: mark.pod, note: nil, at: row.to, database)
            }
            try database.execute(
                sql: """
                    UPDATE machine SET state = ?, metered_from = COALESCE(metered_from, ?), metered_until = ?,
                        usd_per_hour = ?, storage_usd_per_hour = ? WHERE id = ?
                    """,
                arguments: [
                    mark.state, mark.from, max(mark.until, mark.from), mark.usdPerHour, mark.storageUSDPerHour,
                    mark.pod,
                ])
            return true
        }
    }

    /// Enters a difference to the provider's bill, on no task's account.
    /// - Parameters:
    ///   - bucket: the first second of what was compared.
    ///   - note: what was compared, in words.
    public func addCorrection(pod: String, bucket: Double, usd: Double, note: String, at: Double) throws {
        let row = MeterRow(
            bucket: bucket, to: bucket, task: "(pod)", step: "correction", what: "correction", seconds: 0, usd: usd)
        try database.write { try Self.add(row, pod: pod, note: note, at: at, $0) }
    }

    private static func add(_ row: MeterRow, pod: String, note: String?, at: Double, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO ledger (at, pod, task, step, seconds, usd, what, bucket, note)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (pod, bucket, task, step, what) WHERE bucket IS NOT NULL DO UPDATE SET
                    at = MAX(at, excluded.at), seconds = seconds + excluded.seconds, usd = usd + excluded.usd,
                    note = excluded.note
                """,
            arguments: [at, pod, row.task, row.step, row.seconds, row.usd, row.what, row.bucket, note])
    }

    /// USD of a pod's buckets that begin in a range, corrections among them.
    public func meteredUSD(pod: String, from: Double, to: Double) throws -> Double {
        try database.read {
            try Double.fetchOne(
                $0, sql: "SELECT TOTAL(usd) FROM ledger WHERE pod = ? AND bucket >= ? AND bucket < ?",
                arguments: [pod, from, to]) ?? 0
        }
    }

    /// What each pod cost, in the order in which they first appear.
    public func podSums() throws -> [PodSum] {
        try database.read {
            try PodSum.fetchAll(
                $0,
                sql: """
                    SELECT pod, SUM(CASE what WHEN 'storage' THEN 0 ELSE seconds END) AS seconds,
                        SUM(CASE WHEN what IN ('storage', 'correction') THEN 0 ELSE usd END) AS computeUSD,
                        SUM(CASE what WHEN 'storage' THEN usd ELSE 0 END) AS storageUSD,
                        SUM(CASE what WHEN 'correction' THEN usd ELSE 0 END) AS correctionUSD
                    FROM ledger GROUP BY pod ORDER BY MIN(id)
                    """)
        }
    }

    /// What was spent on each day that cost something, oldest first. A job without a meter counts on the day of its end.
    public func daySums() throws -> [DaySum] {
        try database.read {
            try DaySum.fetchAll(
                $0,
                sql: """
                    SELECT date(COALESCE(bucket, at), 'unixepoch') AS day, SUM(usd) AS usd FROM ledger
                    GROUP BY day HAVING SUM(usd) <> 0 ORDER BY day
                    """)
        }
    }

    /// The newest corrections first.
    public func corrections(limit: Int) throws -> [CorrectionRow] {
        try database.read {
            try CorrectionRow.fetchAll(
                $0,
                sql: """
                    SELECT pod, bucket, usd, COALESCE(note, '') AS note, at FROM ledger WHERE what = 'correction'
                    ORDER BY bucket DESC, id DESC LIMIT ?
                    """, arguments: [limit])
        }
    }
}
