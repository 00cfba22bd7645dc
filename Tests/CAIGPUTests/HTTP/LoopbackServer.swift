// Owns a web server of a few lines on this machine, that does exactly what a test wants, wrong things included.
// Never understands more of HTTP than where a request ends.

import Glibc
import Synchronization

/// A server on a port of its own, which is given back with the last reference.
final class LoopbackServer: Sendable {
    /// What one connection's code may do.
    struct Peer: Sendable {
        fileprivate let socket: Int32
        fileprivate let server: Log

        /// The next request, whole; nil where the client hung up.
        func request() -> String? {
            var bytes: [UInt8] = []
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if let end = text.firstRange(of: "\r\n\r\n") {
                    let length = text.lowercased().split(separator: "content-length:").dropFirst().first.flatMap {
                        Int($0.prefix { $0 != "\r\n" }.filter(\.isNumber))
                    }
                    if text[end.upperBound...].utf8.count >= length ?? 0 {
                        server.requests.withLock { $0.append(text) }
                        return text
                    }
                }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(socket, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                bytes += buffer[..<count]
            }
        }

        /// Sends text as it is.
        func write(_ text: String) { write(Array(text.utf8)) }

        func write(_ bytes: [UInt8]) {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }

        /// A whole answer.
        func answer(_ status: String = "200 OK", headers: String = "", _ body: String = "") {
            write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// Waits until the client hangs up.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
        }
    }

    fileprivate final class Log: Sendable {
        let requests = Mutex<[String]>([])
        let connections = Mutex(0)
    }

    private let log = Log()
    private let listener: Int32
    let port: Int

    /// - Parameter serve: runs once for each connection, on a thread of its own; the connection ends with it.
    init(_ serve: @escaping @Sendable (Peer) -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isListening else { throw ServerFailure(number: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let log = log
        Self.thread {
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else {
                    // Here and not where it is shut down: nobody else may get its number while this thread uses it.
                    close(socket)
                    return
                }
                log.connections.withLock { $0 += 1 }
                Self.thread {
                    serve(Peer(socket: connection, server: log))
                    // The client sees the end even where a program that another test started has a copy of the descriptor.
                    shutdown(connection, Int32(SHUT_RDWR))
                    close(connection)
                }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }
    /// Every request so far, as it came.
    var requests: [String] { log.requests.withLock { $0 } }
    /// How many connections were opened so far.
    var connections: Int { log.connections.withLock { $0 } }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context)
        pthread_detach(thread)
    }
}

struct ServerFailure: Error { var number: Int32 }
