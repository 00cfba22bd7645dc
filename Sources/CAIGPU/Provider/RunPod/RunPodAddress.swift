// Owns which of the addresses in an answer is one where sshd can be reached from here.
// Never the proxy: it carries an interactive shell only, no commands and no files.

/// An address as an answer gives it.
struct RunPodAddress {
    var host: RunPodReply?
    var port: RunPodReply?
    var user: String?

    /// nil where it is none, or not one that can be reached. This machine's own addresses count only where the API itself
    /// is on this machine: nobody outside has a reason to point us there.
    func endpoint(_ settings: RunPodSettings) -> SSHEndpoint? {
        guard let host = host?.host, let port = port?.port else { return nil }
        let isHere = CurlAddress.isLoopback(host)
        guard isHere ? settings.baseURL.hasPrefix("http://") : !Self.isPrivate(host) else { return nil }
        return SSHEndpoint(host: host, port: port, user: user ?? settings.sshUser)
    }

    /// Whether an IPv4 address belongs to a network of the provider's own: 10/8, 172.16/12, 192.168/16, 100.64/10, 169.254/16,
    /// 0/8.
    static func isPrivate(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard parts.count == 4 else { return false }
        return switch (parts[0], parts[1]) {
        case (0, _), (10, _), (192, 168), (169, 254), (172, 16...31), (100, 64...127): true
        default: false
        }
    }
}
