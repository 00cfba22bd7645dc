// Owns the key by which a host proves who it is, and how people see it.
// Never decides whether it is the right one.

import CAISystem
import FoundationEssentials

/// A host's public key.
struct HostKey: Equatable {
    /// As it crosses the line: its type and its numbers, each with its length.
    let bytes: [UInt8]

    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, …; empty where the bytes are no key.
    var type: String {
        var reader = SSHFields(bytes)
        return reader.string().map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// As a `known_hosts` or `.pub` file holds it.
    var base64: String { Data(bytes).base64EncodedString() }

    /// As OpenSSH shows it: `SHA256:` and 43 characters.
    var fingerprint: String {
        var digest = SHA256.hex(of: bytes)[...]
        var raw: [UInt8] = []
        while !digest.isEmpty {
            raw.append(UInt8(digest.prefix(2), radix: 16) ?? 0)
            digest = digest.dropFirst(2)
        }
        return "SHA256:" + Data(raw).base64EncodedString().prefix { $0 != "=" }
    }
}

/// Reads the fields that SSH's own formats are made of: numbers of four bytes, and bytes with their count before them.
struct SSHFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(bytes) }

    mutating func number() -> Int? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func string() -> [UInt8]? {
        guard let count = number(), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    static func encoded(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func encoded(_ bytes: [UInt8]) -> [UInt8] { encoded(bytes.count) + bytes }
}
