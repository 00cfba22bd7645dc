// Owns the decision whether a host is the one that is meant, and the words for each way in which it may not be.
// Never accepts a key silently, unless the configuration says that the first one shown is to be kept.

import SystemPackage

/// How a host has to prove who it is.
public struct HostKeyPolicy: Sendable, Equatable {
    /// A `known_hosts` file.
    public var file: FilePath
    /// The name its key stands under: `host`, `[host]:port`, or an alias.
    public var name: String
    /// Whether the first key a host shows is kept as its own.
    public var pinOnFirstUse: Bool

    public init(file: FilePath, name: String, pinOnFirstUse: Bool) {
        (self.file, self.name, self.pinOnFirstUse) = (file, name, pinOnFirstUse)
    }

    /// How OpenSSH names a host at a port.
    public static func name(of endpoint: SSHEndpoint) -> String {
        endpoint.port == 22 ? endpoint.host : "[\(endpoint.host)]:\(endpoint.port)"
    }

    /// - Throws: `.hostKey` where the host is not let in, with what to do.
    func check(_ key: HostKey, _ hosts: KnownHosts) throws(GPUError) {
        guard !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == "," || $0 == "|" || $0 == "#" }) else {
            throw GPUError(.hostKey, "'\(name)' cannot be the name of a host in \(file)")
        }
        switch try hosts.standing(of: name, key) {
        case .known: return
        case .unknown where pinOnFirstUse: try hosts.pin(name, key)
        case .unknown:
            let line = try ShellCommand.quote("\(name) \(key.type) \(key.base64)")
            throw GPUError(
                .hostKey,
                "the host \(name) is not known. It shows the \(key.type) key \(key.fingerprint). If that is its own"
                    + " (on the host: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`), add it:"
                    + " `echo \(line) >> \(try ShellCommand.quote(file.string))`")
        case .changed(let known):
            throw GPUError(
                .hostKey,
                "the host \(name) shows another key than before: known is \(known.type) \(known.fingerprint), shown is"
                    + " \(key.type) \(key.fingerprint). Somebody may stand in between; nothing was sent. If the host was made"
                    + " anew, forget the old key: `ssh-keygen -f \(try ShellCommand.quote(file.string)) -R"
                    + " \(try ShellCommand.quote(name))`")
        case .revoked:
            throw GPUError(
                .hostKey,
                "the host \(name) shows the key \(key.fingerprint), which \(file) marks as revoked: somebody else may"
                    + " hold it. The host needs a new one")
        }
    }
}
