// Owns what is asked of the ledger and the jobs for comparing and for showing: sums by bucket, and the jobs that are at work.
// Never compares anything, and never adds a row.

import CAISystem
import GRDB

/// What one pod cost in one bucket of time, corrections among it. `bucket` is its first second, since 1970.
public struct BucketSum: Codable, Sendable, Equatable, FetchableRecord {
    public var pod: String
    public var bucket: Double
    public var usd: Double
}

extension Journal {
    /// The buckets of one provider's pods from a moment on, oldest first.
    public func bucketSums(provider: String, from: Double) throws -> [BucketSum] {
        try database.read {
            try BucketSum.fetchAll(
                $0,
                sql: """
                    SELECT pod, bucket, SUM(usd) AS usd FROM ledger
                    WHERE bucket >= ? AND pod IN (SELECT id FROM machine WHERE provider = ?)
                    GROUP BY pod, bucket ORDER BY bucket, pod
                    """, arguments: [from, provider])
        }
    }

    /// The jobs of these runs that are at work as far as is known, oldest first.
    public func jobsAtWork(ofTasks runs: [String]) throws -> [JobRow] {
        try database.read {
            try JobRow.fetchAll(
                $0,
                sql: """
                    SELECT * FROM job WHERE state = 'running' AND task IN (SELECT value FROM json_each(?))
                    ORDER BY started_at, id
                    """, arguments: [String(decoding: CanonicalJSON.encode(runs), as: UTF8.self)])
        }
    }
}
