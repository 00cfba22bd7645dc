// Owns proving to a server who we are: by a key file, or by the keys an agent holds.
// Never offers a password, and never a key that the configuration does not name.

import CSSH2
import Glibc
import SystemPackage

extension SSHSession {
    /// - Throws: `.auth` with the cause and what to do.
    func logIn(_ settings: SSHSettings, _ deadline: SSHDeadline) throws(GPUError) {
        if let path = settings.key {
            let key = try SSHKeyFile.load(path)
            guard try offer(key, deadline) else {
                throw try refused("the key \(path) (\(key.publicKey.fingerprint))", path.string + ".pub", deadline)
            }
        } else if let socket = settings.agent {
            try logIn(with: SSHAgent(socket, deadline), deadline)
        } else {
            throw GPUError(
                .auth,
                "no SSH key is configured and no agent runs (SSH_AUTH_SOCK is not set); name an ed25519 key in cai.yaml"
            )
        }
    }

    private func offer(_ key: SSHKeyFile, _ deadline: SSHDeadline) throws(GPUError) -> Bool {
        let result = try Array(endpoint.user.utf8).withCharacters { user, userCount throws(GPUError) in
            try key.bytes.withCharacters { bytes, count throws(GPUError) in
                try attempt(deadline) { session in
                    Int(
                        libssh2_userauth_publickey_frommemory(session, user, userCount, nil, 0, bytes, count, nil))
                }
            }
        }
        if Int32(result) == LIBSSH2_ERROR_FILE {
            throw GPUError(.auth, "the SSH key \(key.path) is damaged", cause: lastError)
        }
        return try accepted(result)
    }

    private func logIn(with agent: consuming SSHAgent, _ deadline: SSHDeadline) throws(GPUError) {
        let keys = try agent.keys()
        let usable = keys.filter { Self.hostKeyTypes.contains($0.type) }
        guard !usable.isEmpty else {
            throw GPUError(
                .auth,
                keys.isEmpty
                    ? "the SSH agent holds no key; `ssh-add FILE` gives it one"
                    : "the SSH agent holds no ed25519 or ecdsa key, and libssh2 \(LIBSSH2_VERSION) cannot use others with today's"
                        + " servers; `ssh-keygen -t ed25519` makes one, `ssh-add` adds it")
        }
        let signer = Signer(agent)
        for key in usable {
            if try offer(key, signer, deadline) { return }
        }
        throw try refused("the \(usable.count) usable key(s) of the SSH agent", "a key's .pub", deadline)
    }

    /// What the signing callback needs, behind the pointer that libssh2 hands on.
    private final class Signer {
        let agent: SSHAgent
        var key = HostKey(bytes: [])
        var failure: GPUError?
        init(_ agent: consuming SSHAgent) { self.agent = agent }
    }

    private func offer(_ key: HostKey, _ signer: Signer, _ deadline: SSHDeadline) throws(GPUError) -> Bool {
        signer.key = key
        var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(signer).toOpaque()
        let result = try endpoint.user.utf8CString.map(UInt8.init(bitPattern:)).withCharacters {
            user, _ throws(GPUError) in
            try key.bytes.withUnsafeBufferPointer { blob throws(GPUError) in
                try attempt(deadline) { session in
                    Int(libssh2_userauth_publickey(session, user, blob.baseAddress, blob.count, Self.sign, &context))
                }
            }
        }
        if let failure = signer.failure { throw failure }
        return try accepted(result)
    }

    private static let sign:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
            UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32 = { _, signature, length, data, count, context in
            guard let context = context?.pointee, let signature, let length else { return -1 }
            let signer = Unmanaged<Signer>.fromOpaque(context).takeUnretainedValue()
            do throws(GPUError) {
                let bytes = try signer.agent.sign(
                    Array(UnsafeBufferPointer(start: data, count: count)), with: signer.key)
                // libssh2 frees it, by free(3).
                guard let memory = malloc(bytes.count) else { return -1 }
                UnsafeMutableRawBufferPointer(start: memory, count: bytes.count).copyBytes(from: bytes)
                (signature.pointee, length.pointee) = (memory.assumingMemoryBound(to: UInt8.self), bytes.count)
                return 0
            } catch {
                signer.failure = error
                return -1
            }
        }

    private func accepted(_ result: Int) throws(GPUError) -> Bool {
        switch Int32(result) {
        case 0: return true
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED: return false
        default: throw lose("the login was broken off; the server may allow fewer attempts", cause: lastError)
        }
    }

    private func refused(_ what: String, _ file: String, _ deadline: SSHDeadline) throws(GPUError) -> GPUError {
        var methods = "publickey"
        _ = try Array(endpoint.user.utf8).withCharacters { user, count throws(GPUError) in
            try attempt(deadline) { session in
                guard let list = libssh2_userauth_list(session, user, UInt32(count)) else {
                    return Int(libssh2_session_last_errno(session))
                }
                methods = String(cString: list)
                return 0
            }
        }
        guard methods.split(separator: ",").contains("publickey") else {
            return GPUError(
                .auth, "\(endpoint) lets nobody in by a key (it offers \(methods)); allow keys in its sshd_config")
        }
        return GPUError(
            .auth,
            "\(endpoint) refuses \(what); add \(file) to ~\(endpoint.user)/.ssh/authorized_keys there, or correct the user"
                + " or the key in cai.yaml")
    }
}
