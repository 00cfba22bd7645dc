// Owns the identity of a step: the same key means the same data, so nothing is done twice.
// Never holds anything that does not change the data: no time, no commit, no host, no run.

import CAISystem

/// What a step's key is the hash of.
struct StepKey: Encodable {
    var kind: String
    var semantics: Int
    var parameters: JSONValue
    /// Digests of the files it reads, by name.
    var inputs: [String: String]
    /// Digests of the texts it reads, by name.
    var material: [String: String]
    var model: ModelIdentity?

    /// 64 hexadecimal digits.
    func digest() throws -> String { SHA256.hex(of: try CanonicalJSON.encode(self)) }
}
