// Owns agreeing with a server on keys and ciphers, and getting to know its host key.
// Never trusts the key; HostKeyPolicy does.

import CSSH2

extension SSHSession {
    /// The types of host key this library can check with today's servers. Their RSA signatures are not among them.
    static let hostKeyTypes = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]

    /// - Parameter knownTypes: types of key that are known of the host; they are asked for first, so that a host with several
    ///   keys shows the one that can be compared.
    /// - Throws: `.unreachable` with the cause and what to do.
    func shakeHands(knownTypes: [String], _ deadline: SSHDeadline) throws(GPUError) {
        let types = knownTypes + Self.hostKeyTypes.filter { !knownTypes.contains($0) }
        prefer(LIBSSH2_METHOD_HOSTKEY, types)
        prefer(LIBSSH2_METHOD_CRYPT_CS, Self.ciphers)
        prefer(LIBSSH2_METHOD_CRYPT_SC, Self.ciphers)
        prefer(LIBSSH2_METHOD_MAC_CS, Self.macs)
        prefer(LIBSSH2_METHOD_MAC_SC, Self.macs)
        let result: Int
        do {
            let descriptor = descriptor
            result = try attempt(deadline) { Int(libssh2_session_handshake($0, descriptor)) }
        } catch {
            guard error.code == .unreachable else { throw error }
            throw GPUError(
                .unreachable,
                "\(endpoint.host) port \(endpoint.port) accepts connections but does not answer as an SSH server"
                    + " should: it may be overloaded or frozen, or another program listens there", cause: error.message)
        }
        switch Int32(result) {
        case 0: return
        case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE, LIBSSH2_ERROR_METHOD_NONE,
            LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
            throw GPUError(
                .unreachable,
                "\(endpoint.host) port \(endpoint.port) and this program have no algorithm in common; most often"
                    + " the server has only an RSA host key, which libssh2 \(LIBSSH2_VERSION) cannot check. Run `ssh-keygen -A`"
                    + " on the server, which makes an ed25519 one, and restart its sshd", cause: lastError)
        default:
            throw GPUError(
                .unreachable,
                "\(endpoint.host) port \(endpoint.port) closed the connection before it said who it is: its sshd"
                    + " may be starting or turn this machine away, or another program listens there", cause: lastError)
        }
    }

    /// The key the server has just proven to hold.
    func hostKey() throws(GPUError) -> HostKey {
        var (length, type) = (0, Int32(0))
        guard let bytes = libssh2_session_hostkey(raw, &length, &type) else {
            throw GPUError(.hostKey, "\(endpoint.host) port \(endpoint.port) shows no host key")
        }
        return HostKey(bytes: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
    }

    private static let ciphers = ["aes128-ctr", "aes256-ctr", "aes192-ctr"]
    private static let macs = ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"]

    private func prefer(_ method: Int32, _ names: [String]) {
        _ = libssh2_session_method_pref(raw, method, names.joined(separator: ","))
    }
}
