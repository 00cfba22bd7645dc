// Owns what can be found out about a way over SSH piece by piece, before and beside a login: the library, the key's file, the
// port.
// Never writes anything, and never sends a key.

import CSSH2
import SystemPackage

/// Looks at the parts of an SSH connection.
public enum SSHProbe {
    /// The version of libssh2 that is loaded.
    public static var libraryVersion: String { libssh2_version(0).map { String(cString: $0) } ?? "unknown" }

    /// Whether that library knows the signatures that today's servers want of RSA keys.
    public static var knowsModernRSA: Bool { libssh2_version(0x01_0B_00) != nil }

    /// - Returns: the key's type, `ssh-ed25519`.
    /// - Throws: `.auth` with what is wrong with the file and which command mends it.
    public static func keyType(_ path: FilePath) throws(GPUError) -> String { try SSHKeyFile.load(path).publicKey.type }

    /// Connects to the port and hangs up.
    /// - Throws: `.unreachable` with the cause.
    public static func reach(_ endpoint: SSHEndpoint, within seconds: Double) async throws(GPUError) {
        try await onThread("ssh-probe") { () throws(GPUError) in
            let deadline = SSHDeadline(seconds: seconds, "answer from \(endpoint)")
            _ = try SSHSocket.connect(to: endpoint, deadline)
        }
    }
}
