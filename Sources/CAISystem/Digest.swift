// Owns SHA-256: of bytes, of files (streamed), as lowercase hexadecimal.
// The only importer of OpenSSL's libcrypto, which both libcurl and libssh2 load anyway and which uses the hardware's
// instructions. Never decides what is hashed or why.

import CCrypto
import SystemPackage

/// An incremental SHA-256.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer?

    public init() {
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes to what has been hashed so far.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all the bytes given, as 64 lowercase hexadecimal digits. Call once.
    public consuming func hexDigest() -> String {
        var raw = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &raw, nil)
        return raw.lowercaseHex
    }

    /// SHA-256 of a sequence of bytes, as lowercase hexadecimal.
    public static func hex(of bytes: some Collection<UInt8>) -> String {
        var hash = SHA256()
        let used: Void? = bytes.withContiguousStorageIfAvailable { hash.update(UnsafeRawBufferPointer($0)) }
        if used == nil { Array(bytes).withUnsafeBytes { hash.update($0) } }
        return hash.hexDigest()
    }

    /// SHA-256 of a text's UTF-8, as lowercase hexadecimal.
    public static func hex(of text: String) -> String { hex(of: Array(text.utf8)) }

    /// SHA-256 of a file's contents, read in 1 MiB pieces. Does not follow a link in the last component.
    /// - Throws: `Errno` of the open or the read.
    public static func hex(ofFile path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec])
        return try file.closeAfter {
            var hash = SHA256()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
            defer { buffer.deallocate() }
            while case let count = try file.read(into: buffer), count > 0 {
                hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            return hash.hexDigest()
        }
    }
}

extension Sequence where Element == UInt8 {
    /// Two lowercase hexadecimal digits a byte.
    public var lowercaseHex: String {
        var text = ""
        for byte in self {
            let digits = String(byte, radix: 16)
            text += byte < 16 ? "0" + digits : digits
        }
        return text
    }
}
