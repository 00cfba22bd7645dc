// Owns a `known_hosts` file as OpenSSH writes it: which keys a host is known by, hashed names included; adding one, forgetting
// one.
// Never changes a byte of any other line.

import CAISystem
import CSSH2
import FoundationEssentials
import Glibc
import Synchronization
import SystemPackage

/// A `known_hosts` file. A name in it is a host, `[host]:port`, or an alias.
public struct KnownHosts: Sendable {
    public let file: FilePath
    private let files = RealFiles()
    /// What we add and take away, one change at a time.
    private static let changing = Mutex(())

    public init(_ file: FilePath) { self.file = file }

    /// What the file says of a host that shows a key.
    enum Standing: Equatable {
        case known
        case unknown
        /// It is known by another key.
        case changed(known: HostKey)
        case revoked
    }

    /// - Throws: `.hostKey` where the file cannot be read.
    func standing(of name: String, _ key: HostKey) throws(GPUError) -> Standing {
        let lines = try read()
        if lines.contains(where: { $0.starts(with: Array("@revoked".utf8)) && Self.words($0).contains(key.base64) }) {
            return .revoked
        }
        return Table(lines).standing(of: name, key)
    }

    /// The types of key a host is known by, as far as this library can use them.
    func keyTypes(of name: String) throws(GPUError) -> [String] {
        let table = Table(try read())
        var known: [String] = []
        for (type, mask) in zip(SSHSession.hostKeyTypes, Self.masks) where table.knows(name, mask) {
            known.append(type)
        }
        return known
    }

    /// Whether the file holds any key of that host.
    public func knows(_ name: String) -> Bool { (try? keyTypes(of: name))?.isEmpty == false }

    /// Adds a host's key at the end of the file.
    func pin(_ name: String, _ key: HostKey) throws(GPUError) {
        try change { lines in
            if case .known = Table(lines).standing(of: name, key) { return lines }
            let isWhole = lines.last.map { $0.last == 10 } ?? true
            return lines + (isWhole ? [] : [[10]]) + [Array("\(name) \(key.type) \(key.base64)\n".utf8)]
        }
    }

    /// Takes a host out of the file: for a machine that we ourselves have made anew, and whose key must be another one now. A
    /// line that names other hosts as well keeps them.
    /// - Throws: `.hostKey` where the file cannot be read or written.
    public func forget(_ name: String) throws(GPUError) {
        try change { lines in
            lines.compactMap { line in
                guard Table([line]).knows(name, 0) else { return line }
                let text = String(decoding: line, as: UTF8.self)
                guard let end = text.firstIndex(where: \.isWhitespace) else { return nil }
                let others = text[..<end].split(separator: ",").filter { $0.lowercased() != name.lowercased() }
                // A hashed name stands alone in its line.
                if others.isEmpty || text.hasPrefix("|") { return nil }
                return Array((others.joined(separator: ",") + text[end...]).utf8)
            }
        }
    }

    private static let masks = [
        LIBSSH2_KNOWNHOST_KEY_ED25519, LIBSSH2_KNOWNHOST_KEY_ECDSA_256, LIBSSH2_KNOWNHOST_KEY_ECDSA_384,
        LIBSSH2_KNOWNHOST_KEY_ECDSA_521,
    ]

    /// The lines with their ends. A link to the file is followed: people keep such files elsewhere.
    private func read() throws(GPUError) -> [[UInt8]] {
        do {
            let bytes = try files.read(target)
            return bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated().map { index, line in
                // The last newline ends a line; nothing stands behind it.
                Array(line) + (index < bytes.count { $0 == 10 } ? [10] : [])
            }.filter { !$0.isEmpty }
        } catch Errno.noSuchFileOrDirectory {
            return []
        } catch {
            throw GPUError(.hostKey, "cannot read the known hosts in \(file)", cause: "\(error)")
        }
    }

    private func change(_ body: ([[UInt8]]) -> [[UInt8]]) throws(GPUError) {
        try Self.changing.withLock { _ throws(GPUError) in
            let old = try read()
            let new = body(old)
            guard new != old else { return }
            do {
                try files.makeDirectories(target.removingLastComponent())
                try files.writeAtomically(target, bytes: Array(new.joined()), mode: .ownerReadWrite)
            } catch {
                throw GPUError(.hostKey, "cannot write the known hosts in \(file)", cause: "\(error)")
            }
        }
    }

    private var target: FilePath { file.resolvingLinks }

    private static func words(_ line: [UInt8]) -> [String] {
        String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// libssh2's reading of some lines. It gives up a whole file for one line it does not understand, so it gets them one by
    /// one; marked lines (`@cert-authority`) it would take for hosts of that name.
    private struct Table: ~Copyable {
        private let session: OpaquePointer?
        private let hosts: OpaquePointer?

        init(_ lines: [[UInt8]]) {
            session = libssh2_session_init_ex(nil, nil, nil, nil)
            hosts = session.flatMap { libssh2_knownhost_init($0) }
            guard let hosts else { return }
            for line in lines where line.first != UInt8(ascii: "@") {
                line.withUnsafeBytes { bytes in
                    let characters = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                    _ = libssh2_knownhost_readline(hosts, characters, bytes.count, LIBSSH2_KNOWNHOST_FILE_OPENSSH)
                }
            }
        }

        deinit {
            if let hosts { libssh2_knownhost_free(hosts) }
            if let session { libssh2_session_free(session) }
        }

        func standing(of name: String, _ key: HostKey) -> Standing {
            // Without a type, a known key of another type counts as a changed one: a host must not come in as a new one by
            // showing a type of key it never had.
            let (found, known) = check(name, key.bytes, 0)
            switch found {
            case LIBSSH2_KNOWNHOST_CHECK_MATCH: return .known
            case LIBSSH2_KNOWNHOST_CHECK_NOTFOUND: return .unknown
            // A failed check is treated as the worst: nothing is let in because it could not be looked at.
            default: return .changed(known: known ?? HostKey(bytes: []))
            }
        }

        /// Whether some key of a type (0: of any) is known of the host: then one that no host has must be a mismatch.
        func knows(_ name: String, _ mask: Int32) -> Bool {
            check(name, [0], mask).found == LIBSSH2_KNOWNHOST_CHECK_MISMATCH
        }

        private func check(_ name: String, _ key: [UInt8], _ mask: Int32) -> (found: Int32, known: HostKey?) {
            guard let hosts else { return (LIBSSH2_KNOWNHOST_CHECK_FAILURE, nil) }
            var entry: UnsafeMutablePointer<libssh2_knownhost>?
            let found = key.withUnsafeBytes { bytes in
                // The name holds the port already: given apart, a key of the host's port 22 would count for every port.
                libssh2_knownhost_checkp(
                    hosts, name, -1, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count,
                    LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | mask, &entry)
            }
            let text = entry?.pointee.key.map { String(cString: $0) }
            return (found, text.flatMap { Data(base64Encoded: $0) }.map { HostKey(bytes: Array($0)) })
        }
    }
}

extension FilePath {
    /// The file a link leads to; itself where it is none, or leads nowhere.
    var resolvingLinks: FilePath {
        guard let resolved = realpath(string, nil) else { return self }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}
