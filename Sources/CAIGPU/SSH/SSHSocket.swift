// Owns one TCP connection: opened within a deadline, closed with its owner.
// Never sends or receives a byte.

import Glibc
import SystemPackage

/// A connected, non-blocking socket.
struct SSHSocket: ~Copyable {
    let descriptor: Int32

    private init(family: Int32) throws(GPUError) {
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw GPUError(.unreachable, "this machine gives no socket", cause: Errno(rawValue: errno).description)
        }
    }

    deinit { close(descriptor) }

    /// Tries the addresses of the host one after another; each gets its share of the time.
    /// - Throws: `.unreachable` with the cause and what to do.
    static func connect(to endpoint: SSHEndpoint, _ deadline: SSHDeadline) throws(GPUError) -> SSHSocket {
        let addresses = try SocketAddress.find(endpoint.host, port: endpoint.port, deadline)
        var failure: GPUError?
        for (index, address) in addresses.enumerated() {
            let share = max(0, deadline.left / .seconds(1)) / Double(addresses.count - index)
            do {
                let socket = try SSHSocket(family: address.family)
                try socket.connect(to: address, SSHDeadline(seconds: share, "connection"), endpoint)
                return socket
            } catch {
                if error.code == .stopped { throw error }
                failure = error
            }
        }
        throw failure ?? GPUError(.unreachable, "'\(endpoint.host)' has no address")
    }

    private func connect(to address: SocketAddress, _ share: SSHDeadline, _ endpoint: SSHEndpoint) throws(GPUError) {
        set(IPPROTO_TCP, TCP_NODELAY, 1)
        // A host that is gone is noticed within half a minute, whether or not we are sending. Buffers are the kernel's to size:
        // setting them would end its tuning at a default bound far below what a long way needs.
        set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30_000)
        set(Int(SOL_SOCKET), SO_KEEPALIVE, 1)
        set(IPPROTO_TCP, TCP_KEEPIDLE, 15)
        set(IPPROTO_TCP, TCP_KEEPINTVL, 5)
        set(IPPROTO_TCP, TCP_KEEPCNT, 3)
        let result = address.bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                Glibc.connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            } ?? -1
        }
        if result == 0 { return }
        guard errno == EINPROGRESS else { throw Self.failure(errno, endpoint) }
        while true {
            do { try share.wait(for: Int16(POLLOUT), on: descriptor) } catch {
                throw error.code == .stopped ? error : Self.failure(ETIMEDOUT, endpoint)
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&entry, 1, 0) > 0 else { continue }
            var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            getsockopt(descriptor, Int32(SOL_SOCKET), SO_ERROR, &code, &size)
            if code == 0 { return }
            throw Self.failure(code, endpoint)
        }
    }

    private func set(_ level: Int, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func failure(_ code: Int32, _ endpoint: SSHEndpoint) -> GPUError {
        let advice =
            switch code {
            case ECONNREFUSED:
                "nothing listens at \(endpoint.host) port \(endpoint.port): the machine may still be starting, its sshd may"
                    + " not run, or the port is another one since its last start"
            case ETIMEDOUT:
                "\(endpoint.host) port \(endpoint.port) does not answer: the machine may be stopped, or a firewall drops what"
                    + " is sent to it"
            case EHOSTUNREACH, ENETUNREACH:
                "no way leads to \(endpoint.host): check this machine's network, and the host in cai.yaml"
            default: "cannot connect to \(endpoint.host) port \(endpoint.port)"
            }
        return GPUError(.unreachable, advice, cause: Errno(rawValue: code).description)
    }
}
