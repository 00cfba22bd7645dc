// Owns the set of held-out items, fixed before any text is generated, and its hash.
// Never takes in an item that could be answered from the training rows' instructions.

import CAISystem

/// The items that every model is measured on.
public struct HeldOut: Sendable, Equatable {
    public let items: [Item]
    /// SHA-256 over the items' canonical lines in their order: models measured under different hashes are not compared.
    public let sha256: String

    public init(_ items: [Item]) throws {
        self.items = items
        sha256 = SHA256.hex(of: try CanonicalJSON.encodeLines(items))
    }

    /// Items by type.
    public var countByType: [String: Int] { items.reduce(into: [:]) { $0[$1.type, default: 0] += 1 } }
}
