// Owns a private key's file: whether it is fit for use, before anything is sent anywhere.
// Never shows or keeps what is in it longer than a login takes.

import CAISystem
import FoundationEssentials
import SystemPackage

/// A private key that can be used: ed25519 or ecdsa, without a passphrase, readable by its owner alone.
struct SSHKeyFile {
    let path: FilePath
    let bytes: [UInt8]
    let publicKey: HostKey

    /// - Throws: `.auth` with what is wrong and which command mends it.
    static func load(_ path: FilePath) throws(GPUError) -> SSHKeyFile {
        let files = RealFiles()
        // People keep keys elsewhere and link to them; what counts is the file at the end.
        let target = path.resolvingLinks
        let bytes: [UInt8]
        do {
            guard let status = try files.status(target) else { throw missing(path) }
            guard status.kind == .regular else {
                throw GPUError(.auth, "the SSH key \(path) is not a file; name a private key in cai.yaml")
            }
            guard status.mode & 0o077 == 0 else {
                throw GPUError(
                    .auth,
                    "the SSH key \(path) can be read by others (mode \(octal(status.mode))); run"
                        + " `chmod 600 \(path)`")
            }
            bytes = try files.read(target, limit: 1 << 16)
        } catch let error as GPUError {
            throw error
        } catch {
            throw GPUError(.auth, "cannot read the SSH key \(path)", cause: "\(error)")
        }
        return SSHKeyFile(path: path, bytes: bytes, publicKey: try publicKey(in: bytes, path))
    }

    private static func publicKey(in bytes: [UInt8], _ path: FilePath) throws(GPUError) -> HostKey {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.contains("BEGIN RSA PRIVATE KEY") { throw rsa(path) }
        if text.contains("ENCRYPTED") { throw encrypted(path) }
        if text.contains("BEGIN EC PRIVATE KEY") || text.contains("BEGIN PRIVATE KEY") {
            throw GPUError(
                .auth, "the SSH key \(path) is not in OpenSSH's format; `ssh-keygen -p -f \(path)` rewrites it")
        }
        if ["ssh-", "ecdsa-"].contains(where: text.hasPrefix) {
            throw GPUError(.auth, "\(path) is a public key; name the private one, without .pub, in cai.yaml")
        }
        let body = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
        let magic = Array("openssh-key-v1\0".utf8)
        guard text.contains("BEGIN OPENSSH PRIVATE KEY"), let data = Data(base64Encoded: body),
            data.starts(with: magic)
        else { throw unreadable(path) }
        var fields = SSHFields(data.dropFirst(magic.count))
        guard let cipher = fields.string(), fields.string() != nil, fields.string() != nil, fields.number() == 1,
            let blob = fields.string()
        else { throw unreadable(path) }
        let key = HostKey(bytes: blob)
        if key.type == "ssh-rsa" { throw rsa(path) }
        guard SSHSession.hostKeyTypes.contains(key.type) else {
            throw GPUError(
                .auth, "the SSH key \(path) is of the type \(key.type), which cannot be used; \(advice(path))")
        }
        if cipher != Array("none".utf8) { throw encrypted(path) }
        return key
    }

    private static func missing(_ path: FilePath) -> GPUError {
        GPUError(
            .auth,
            "there is no SSH key \(path); `ssh-keygen -t ed25519 -f \(path)` makes one, whose .pub the host must know")
    }

    private static func rsa(_ path: FilePath) -> GPUError {
        GPUError(
            .auth,
            "the SSH key \(path) is an RSA key, which libssh2 1.10 cannot use with today's servers; \(advice(path))")
    }

    private static func encrypted(_ path: FilePath) -> GPUError {
        GPUError(
            .auth,
            "the SSH key \(path) has a passphrase, which nobody is here to enter; give it to the agent with"
                + " `ssh-add \(path)` and leave the key out of cai.yaml")
    }

    private static func unreadable(_ path: FilePath) -> GPUError {
        GPUError(.auth, "\(path) is no SSH key; \(advice(path))")
    }

    private static func advice(_ path: FilePath) -> String {
        let place = path.removingLastComponent().appending("caid_ed25519")
        return "`ssh-keygen -t ed25519 -f \(place)` makes one; the host must know its .pub, and cai.yaml its name"
    }

    private static func octal(_ mode: UInt16) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
