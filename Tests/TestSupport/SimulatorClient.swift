// Owns one HTTP exchange as a test wants it: every header as told, half a reply shown as half a reply.
// Never keeps a connection, and never repeats anything.

import CAISystem
import Foundation
import Glibc

/// What came back from an HTTP server.
public struct HTTPAnswer: Sendable {
    public var status: Int
    /// Names in lower case.
    public var headers: [String: String]
    public var body: [UInt8]
    /// Whether all of it came that was promised.
    public var isWhole: Bool

    public var json: JSONValue { (try? CanonicalJSON.decode(JSONValue.self, from: body)) ?? .null }
    public var text: String { String(decoding: body, as: UTF8.self) }
}

public struct HTTPFailure: Error, CustomStringConvertible {
    public var description: String

    public init(description: String) { self.description = description }
}

/// Requests to a server on the loopback address.
public enum PlainHTTP {
    /// - Parameter timeout: seconds without a byte after which `HTTPFailure` is thrown.
    public static func send(
        _ method: String, port: Int, _ target: String, headers: [String: String], body: [UInt8] = [],
        timeout: Double = 20
    ) async throws -> HTTPAnswer {
        // A thread of its own: the calls wait.
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try exchange(method, port, target, headers, body, timeout) })
            }
        }
    }

    private static func exchange(
        _ method: String, _ port: Int, _ target: String, _ headers: [String: String], _ body: [UInt8], _ timeout: Double
    ) throws -> HTTPAnswer {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard handle >= 0 else { throw HTTPFailure(description: "no socket") }
        defer { close(handle) }
        var patience = timeval(tv_sec: Int(timeout), tv_usec: Int(timeout * 1_000_000) % 1_000_000)
        setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw HTTPFailure(description: "nobody listens on port \(port)") }
        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if !body.isEmpty { lines += ["Content-Type: application/json", "Content-Length: \(body.count)"] }
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        guard Glibc.send(handle, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw HTTPFailure(description: "the request could not be sent")
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(handle, &buffer, buffer.count, 0)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == ECONNRESET { break }
                throw HTTPFailure(description: "no reply within \(timeout) s")
            }
            received += buffer[..<count]
        }
        return try parse(received)
    }

    private static func parse(_ bytes: [UInt8]) throws -> HTTPAnswer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw HTTPFailure(description: "the connection was closed without a reply")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw HTTPFailure(description: "no status line: \(lines)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let body = Array(bytes[end.upperBound...])
        let promised = headers["content-length"].flatMap { Int($0) } ?? body.count
        return HTTPAnswer(status: status, headers: headers, body: body, isWhole: body.count == promised)
    }
}
