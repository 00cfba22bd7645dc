// Owns the HTTP server: requests off the wire, replies onto it, and replies that break off.
// Never listens anywhere but on the loopback address.

import FlyingFox
import FlyingSocks
import Foundation

struct HTTPFront: HTTPHandler {
    let front: Front
    private static let bodyLimit = 1 << 20

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        if Int(request.headers[.contentLength] ?? "0") ?? 0 > Self.bodyLimit {
            return Self.response(Reply(Problem(413, "the body is larger than 1 MiB")))
        }
        let path = request.target.path().split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        let query = Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first }
        let reply = await front.answer(
            Incoming(
                method: request.method.rawValue, path: path, query: query,
                userAgent: request.headers[HTTPHeader("User-Agent")], authorization: request.headers[.authorization],
                body: Array(try await request.bodyData)))
        return Self.response(reply)
    }

    private static func response(_ reply: Reply) -> HTTPResponse {
        var headers = HTTPHeaders()
        for (name, value) in reply.headers { headers[HTTPHeader(name)] = value }
        let status = HTTPStatusCode(reply.status, phrase: Problem.title(of: reply.status))
        if reply.isCut {
            let half = CutBody(bytes: Array(reply.body.prefix(reply.body.count / 2)))
            return HTTPResponse(
                statusCode: status, headers: headers,
                body: HTTPBodySequence(from: half, count: max(1, reply.body.count)))
        }
        return HTTPResponse(statusCode: status, headers: headers, body: Data(reply.body))
    }
}

/// A body that breaks off, and the connection with it.
private struct CutBody: AsyncBufferedSequence {
    typealias Element = UInt8
    let bytes: [UInt8]

    struct Iterator: AsyncBufferedIteratorProtocol {
        var left: ArraySlice<UInt8>

        mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
            guard !left.isEmpty else { throw SocketError.disconnected }
            defer { left = left.dropFirst(count) }
            return left.prefix(count)
        }

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }
    }

    func makeAsyncIterator() -> Iterator { Iterator(left: bytes[...]) }
}
