// Owns talking to an SSH agent: which keys it has, and having it sign. libssh2's own way of asking waits for ever where an agent
// does not answer.
// Never sees a private key.

import Glibc
import SystemPackage

/// A connection to an agent.
struct SSHAgent: ~Copyable {
    private let descriptor: Int32
    private let deadline: SSHDeadline
    private let path: FilePath
    /// More than any agent has to say.
    private static let longest = 256 << 10

    /// - Throws: `.auth` where no agent answers there.
    init(_ path: FilePath, _ deadline: SSHDeadline) throws(GPUError) {
        (self.path, self.deadline) = (path, deadline)
        descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw GPUError(.auth, "this machine gives no socket for the SSH agent") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.string.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw GPUError(.auth, "the name of the SSH agent's socket is too long: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let result = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        guard result == 0 else {
            throw GPUError(
                .auth,
                "no SSH agent answers at \(path); start one (`eval $(ssh-agent)`, `ssh-add`), or name a key file in"
                    + " cai.yaml", cause: Errno(rawValue: errno).description)
        }
    }

    deinit { close(descriptor) }

    /// The public keys it can sign for.
    func keys() throws(GPUError) -> [HostKey] {
        var answer = SSHFields(try ask([11], expecting: 12))
        var keys: [HostKey] = []
        for _ in 0..<(answer.number() ?? 0) {
            guard let blob = answer.string(), answer.string() != nil else { break }
            keys.append(HostKey(bytes: blob))
        }
        return keys
    }

    /// The signature without its type, as libssh2 wants it.
    func sign(_ data: [UInt8], with key: HostKey) throws(GPUError) -> [UInt8] {
        let request = [13] + SSHFields.encoded(key.bytes) + SSHFields.encoded(data) + SSHFields.encoded(0)
        var answer = SSHFields(try ask(request, expecting: 14))
        var signature = SSHFields(answer.string() ?? [])
        guard signature.string() != nil, let blob = signature.string() else { throw failed("sent no signature") }
        return blob
    }

    private func ask(_ request: [UInt8], expecting type: UInt8) throws(GPUError) -> ArraySlice<UInt8> {
        try send(SSHFields.encoded(request))
        var header = SSHFields(try receive(4))
        guard let length = header.number(), length > 0, length <= Self.longest else { throw failed("sent nonsense") }
        let answer = try receive(length)
        guard answer.first == type else { throw failed("refused") }
        return answer.dropFirst()
    }

    private func send(_ bytes: [UInt8]) throws(GPUError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN || errno == EINTR {
                try deadline.wait(for: Int16(POLLOUT), on: descriptor)
            } else {
                throw failed("went away")
            }
        }
    }

    private func receive(_ count: Int) throws(GPUError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, 0)
            }
            if got > 0 {
                filled += got
            } else if got < 0, errno == EAGAIN || errno == EINTR {
                try deadline.wait(for: Int16(POLLIN), on: descriptor)
            } else {
                throw failed("went away")
            }
        }
        return bytes
    }

    private func failed(_ what: String) -> GPUError {
        GPUError(.auth, "the SSH agent at \(path) \(what); `ssh-add -l` shows whether it works, and which keys it has")
    }
}
