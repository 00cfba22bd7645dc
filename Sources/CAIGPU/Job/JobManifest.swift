// Owns `manifest.json` of a checkpoint or of a job's outputs, as it comes from a pod: what is not as it should be is none.
// Never reads the files that it names.

import CAISystem
import SystemPackage

/// `manifest.json` of a checkpoint or of the outputs.
public struct JobManifest: Codable, Sendable {
    public struct File: Codable, Sendable {
        public var sha256: String
        public var bytes: Int64
    }
    public var version: Int
    public var job: String
    public var files: [String: File]
    /// What the job's kind knows about its result.
    public var facts: JSONValue

    static let name = "manifest.json"
    /// Bytes of the largest one that is read.
    static let limit = 16 << 20

    /// - Returns: nil where the bytes are no manifest of this job's, or name a file outside of its folder.
    init?(_ bytes: [UInt8], of job: String) {
        guard let value = try? CanonicalJSON.decode(JobManifest.self, from: bytes), value.job == job,
            value.files.allSatisfy({ name, file in
                FilePath(name).safeRelative != nil && name != Self.name && file.bytes >= 0
                    && file.sha256.utf8.count == 64
            }), Self.sum(value.files.values) != nil
        else { return nil }
        self = value
    }

    /// Bytes of all the files.
    var bytes: Int64 { Self.sum(files.values) ?? 0 }

    /// - Returns: nil where they are more than can be counted.
    private static func sum(_ files: some Sequence<File>) -> Int64? {
        files.reduce(Int64?(0)) { sum, file in
            guard let (sum, isTooMuch) = sum?.addingReportingOverflow(file.bytes), !isTooMuch else { return nil }
            return sum
        }
    }

    /// The files as a transfer takes them, in the order of their names.
    var transferFiles: [TransferFile] {
        files.sorted { $0.key < $1.key }.map {
            TransferFile(name: $0.key, bytes: $0.value.bytes, sha256: $0.value.sha256)
        }
    }
}
