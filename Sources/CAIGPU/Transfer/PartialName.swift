// Owns the names under which files are put together before they get their own; the agent uses the same.
// Never a name that a scan takes for something.

import CAISystem

/// `.caid-NAME-CONTENT.tmp`, of digests: what is written there late can only be the same bytes, and leftovers of other
/// versions are recognised.
struct PartialName: Hashable {
    /// The part that all versions share.
    let prefix: String
    let name: String

    init(of file: TransferFile) {
        let leaf = file.name.utf8.split(separator: 0x2F).last.map(Array.init) ?? []
        prefix = ".caid-\(SHA256.hex(of: leaf).prefix(12))-"
        name = prefix + file.sha256.prefix(16) + ".tmp"
    }

    /// Whether a name is that of another version's leftover.
    func isLeftover(_ other: String) -> Bool {
        other != name && other.hasPrefix(prefix) && other.hasSuffix(".tmp") && other.utf8.count == name.utf8.count
    }
}
