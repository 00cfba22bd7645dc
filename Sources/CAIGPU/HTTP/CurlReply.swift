// Owns the bytes of an answer while they come in, as libcurl's callbacks hand them over, and their bounds.
// Never keeps more than it may.

import CCurl

/// An answer that is coming in.
final class CurlReply {
    private(set) var body: [UInt8] = []
    private(set) var headers: [String: String] = [:]
    /// Whether it was given up because there was too much of it.
    private(set) var isTooLong = false
    private var headerBytes = 0
    private let limits: CurlClient.Limits

    init(limits: CurlClient.Limits) { self.limits = limits }

    /// The callbacks find their way back here by this pointer, which is good for as long as somebody holds the reply.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let bodySink: ccurl_sink = { start, size, count, context in
        take(start, size * count, context) { $0.take(body: $1) }
    }

    static let headerSink: ccurl_sink = { start, size, count, context in
        take(start, size * count, context) { $0.take(header: $1) }
    }

    /// - Returns: `count` where the bytes were taken; any other number ends the transfer.
    private static func take(
        _ start: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (CurlReply, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard count > 0 else { return 0 }
        guard let start, let context else { return 0 }
        let reply = Unmanaged<CurlReply>.fromOpaque(context).takeUnretainedValue()
        guard body(reply, UnsafeRawBufferPointer(start: start, count: count)) else {
            reply.isTooLong = true
            return 0
        }
        return count
    }

    private func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limits.body else { return false }
        body.append(contentsOf: bytes)
        return true
    }

    private func take(header line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= limits.headers else { return false }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // A status line: what came before belonged to an interim answer.
            headers = [:]
        } else if let colon = text.firstIndex(of: ":") {
            let words = text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace)
            headers[text[..<colon].lowercased()] = words.joined(separator: " ")
        }
        return true
    }
}
