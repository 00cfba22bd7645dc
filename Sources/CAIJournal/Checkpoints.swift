// Owns the rows about checkpoints that reached home: written after the folder is in place, so that a row is never ahead of it.
// Never looks into the folder, nor decides which are kept.

import GRDB

/// One checkpoint at home, `checkpoints/<run>/<step>/<seq>/`.
public struct CheckpointRow: Codable, Sendable, Equatable, FetchableRecord {
    public var run: String
    public var step: String
    /// Its number at home.
    public var seq: Int
    public var job: String
    /// Its number in the job's folder on the pod.
    public var podSeq: Int
    public var manifestSHA256: String
    public var bytes: Int64
    /// When it was in place, in seconds since 1970.
    public var at: Double

    enum CodingKeys: String, CodingKey {
        case run, step, seq, job, bytes, at
        case podSeq = "pod_seq"
        case manifestSHA256 = "manifest_sha256"
    }

    public init(
        run: String, step: String, seq: Int, job: String, podSeq: Int, manifestSHA256: String, bytes: Int64, at: Double
    ) {
        (self.run, self.step, self.seq, self.job) = (run, step, seq, job)
        (self.podSeq, self.manifestSHA256, self.bytes, self.at) = (podSeq, manifestSHA256, bytes, at)
    }
}

extension Journal {
    /// A checkpoint is in place. What stood under its number before is replaced: the folder is.
    public func addCheckpoint(_ row: CheckpointRow) throws {
        try database.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO checkpoint (\(Self.checkpointColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    row.run, row.step, row.seq, row.job, row.podSeq, row.manifestSHA256, row.bytes, row.at,
                ])
        }
    }

    private static let checkpointColumns = "run, step, seq, job, pod_seq, manifest_sha256, bytes, at"

    /// The newest one of a job.
    public func newestCheckpoint(ofJob job: String) throws -> CheckpointRow? {
        try database.read {
            try CheckpointRow.fetchOne(
                $0, sql: "SELECT * FROM checkpoint WHERE job = ? ORDER BY at DESC, seq DESC LIMIT 1", arguments: [job])
        }
    }

    /// All of a step, newest first.
    public func checkpoints(ofRun run: String, step: String) throws -> [CheckpointRow] {
        try database.read {
            try CheckpointRow.fetchAll(
                $0, sql: "SELECT * FROM checkpoint WHERE run = ? AND step = ? ORDER BY seq DESC",
                arguments: [run, step])
        }
    }
}
