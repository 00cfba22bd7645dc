// Owns the manifest of an artifact: what is in it, what it was made from, by what, and at what price.
// Data files hold only what the step's key determines; everything that may differ between two runs stands here.

import CAISystem

/// `manifest.json` of an artifact.
public struct ArtifactManifest: Codable, Sendable, Equatable {
    public struct File: Codable, Sendable, Equatable {
        public var sha256: String
        public var bytes: Int64
        /// For JSONL files.
        public var lines: Int?
    }
    public struct Parent: Codable, Sendable, Equatable {
        public var step: String
        public var manifest_sha256: String
        public var content_sha256: String
    }
    public struct Reuse: Codable, Sendable, Equatable {
        public var run: String
        public var manifest_sha256: String
    }
    public var version = 1
    public var pipeline: String
    public var run: String
    public var step: String
    public var kind: String
    public var semantics: Int
    public var step_key: String
    /// The digest of names and digests of the data files: what later steps' keys are made from.
    public var content_sha256: String
    public var parameters: JSONValue
    public var files: [String: File]
    public var parents: [Parent]
    /// One line: what came out.
    public var headline: String
    /// Set where the data was made by an earlier run with the same key.
    public var reused_from: Reuse?
    /// Git commit, time, model, adapter, sampling, versions, device, cost: reference for people and for queries.
    public var provenance: [String: JSONValue]

    /// A digest that is equal exactly where names and contents of the data files are.
    static func contentDigest(_ files: [String: File]) -> String {
        SHA256.hex(of: files.sorted { $0.key < $1.key }.map { "\($0.key)\0\($0.value.sha256)\n" }.joined())
    }
}
