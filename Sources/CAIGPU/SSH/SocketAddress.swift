// Owns finding the addresses of a host, of IPv4 and of IPv6.
// Never waits for a name server longer than it may: the question itself cannot be cancelled, so it is left alone.

import Dispatch
import Glibc
import Synchronization

/// An address as connect(2) takes it.
struct SocketAddress: Sendable {
    let family: Int32
    let bytes: [UInt8]

    /// The addresses of a host in the order in which they should be tried.
    /// - Throws: `.unreachable` where the name leads nowhere, or nobody says where it leads.
    static func find(_ host: String, port: Int, _ deadline: SSHDeadline) throws(GPUError) -> [SocketAddress] {
        guard (1...65535).contains(port) else {
            throw GPUError(.unreachable, "\(port) is no port; a port lies between 1 and 65535")
        }
        var answer = look(up: host, port, AI_NUMERICHOST)
        if answer.error == EAI_NONAME { answer = try ask(host, port, deadline) }
        switch answer.error {
        case 0: return answer.addresses
        case EAI_NONAME, -5:  // -5: EAI_NODATA, a name without an address
            throw GPUError(.unreachable, "no host is called '\(host)'; correct the host in cai.yaml")
        default:
            throw GPUError(
                .unreachable, "cannot find out where '\(host)' is; is this machine online?",
                cause: String(cString: gai_strerror(answer.error)))
        }
    }

    private struct Answer: Sendable {
        var error: Int32
        var addresses: [SocketAddress] = []
    }

    private static func ask(_ host: String, _ port: Int, _ deadline: SSHDeadline) throws(GPUError) -> Answer {
        final class Box: Sendable { let answer = Mutex<Answer?>(nil) }
        let (box, arrival) = (Box(), DispatchSemaphore(value: 0))
        DispatchQueue.global().async {
            let answer = look(up: host, port, 0)
            box.answer.withLock { $0 = answer }
            arrival.signal()
        }
        while arrival.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if Task.isCancelled { throw GPUError(.stopped, "stopped while looking for '\(host)'") }
            guard !deadline.hasPassed else {
                throw GPUError(.unreachable, "no name server said where '\(host)' is; is this machine online?")
            }
        }
        return box.answer.withLock { $0 } ?? Answer(error: EAI_FAIL)
    }

    private static func look(up host: String, _ port: Int, _ flags: Int32) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let error = getaddrinfo(host, String(port), &hints, &list)
        guard error == 0 else { return Answer(error: error) }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                let raw = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
                found.append(SocketAddress(family: entry.pointee.ai_family, bytes: Array(raw)))
            }
            next = entry.pointee.ai_next
        }
        return Answer(error: 0, addresses: found)
    }
}
