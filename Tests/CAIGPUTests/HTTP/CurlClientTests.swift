// Owns the tests of libcurl behind its seam, against a server that misbehaves.
// Never counts on how fast anything is.

import Testing

@testable import CAIGPU

struct CurlClientTests {
    private let client = CurlClient(agent: "caid/1.2.3")

    private func failure(
        of request: HTTPRequest, from client: CurlClient? = nil
    ) async -> HTTPFailure? {
        do throws(HTTPFailure) {
            _ = try await (client ?? self.client).send(request)
            return nil
        } catch { return error }
    }

    @Test func aRequestAndItsAnswerArriveWhole() async throws {
        let server = try LoopbackServer { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 100 Continue\r\nX-Interim: yes\r\n\r\n")
            peer.answer("201 Created", headers: "X-Thing:  one \r\n", "{\"a\":1}")
        }
        let request = HTTPRequest(
            method: .post, url: server.url + "/v2/pods?x=%20", headers: ["Authorization": "Bearer k"],
            body: Array("body".utf8))
        let response = try await client.send(request)
        #expect(response.status == 201)
        #expect(response.headers["x-thing"] == "one")
        #expect(response.headers["x-interim"] == nil, "it belonged to another answer")
        #expect(response.body == Array("{\"a\":1}".utf8))
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /v2/pods?x=%20 HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nUser-Agent: caid/1.2.3\r\n"))
        #expect(sent.contains("\r\nAuthorization: Bearer k\r\n"))
        #expect(sent.hasSuffix("\r\n\r\nbody"))
    }

    @Test func connectionsAreKept() async throws {
        let server = try LoopbackServer { peer in
            while peer.request() != nil { peer.answer("204 No Content") }
        }
        for method in [HTTPRequest.Method.get, .delete, .get] {
            #expect(try await client.send(HTTPRequest(method: method, url: server.url)).status == 204)
        }
        #expect(server.connections == 1)
        #expect(server.requests.map { $0.prefix { $0 != " " } } == ["GET", "DELETE", "GET"])
    }

    @Test func aLateAnswerIsALostOne() async throws {
        let server = try LoopbackServer { peer in
            _ = peer.request()
            peer.waitForEnd()
        }
        let failure = await failure(of: HTTPRequest(method: .post, url: server.url, body: [], timeout: 0.3))
        #expect(failure?.kind == .answerLost)
        #expect(failure?.reason.lowercased().contains("timed out") == true)
    }

    @Test func whereNobodyListensNothingWasSent() async throws {
        let port = try LoopbackServer { _ in }.port
        let failure = await failure(of: HTTPRequest(method: .post, url: "http://127.0.0.1:\(port)/", body: []))
        #expect(failure?.kind == .notSent)
    }

    @Test func aServerThatSpeaksNoTLSGetsNothing() async throws {
        let server = try LoopbackServer { peer in
            peer.answer("200 OK", "hello")
            peer.waitForEnd()
        }
        let url = "https://127.0.0.1:\(server.port)/"
        let failure = await failure(of: HTTPRequest(url: url, headers: ["Authorization": "Bearer marked"]))
        #expect(failure?.kind == .notSent)
        #expect(server.requests.isEmpty)
    }

    @Test func aBrokenOffAnswerIsALostOne() async throws {
        let server = try LoopbackServer { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        }
        #expect(await failure(of: HTTPRequest(method: .post, url: server.url, body: []))?.kind == .answerLost)
    }

    @Test(arguments: [true, false]) func anEndlessAnswerIsGivenUp(inItsBody: Bool) async throws {
        let server = try LoopbackServer { peer in
            _ = peer.request()
            peer.write("HTTP/1.1 200 OK\r\n" + (inItsBody ? "\r\n" : ""))
            // Ends where the client hangs up, which it has to do long before.
            for _ in 0..<200 { peer.write("X-Filler: " + String(repeating: "x", count: 10_000) + "\r\n") }
            peer.waitForEnd()
        }
        var limits = CurlClient.Limits()
        (limits.body, limits.headers) = (1 << 20, 64 << 10)
        let failure = await failure(of: HTTPRequest(url: server.url), from: CurlClient(agent: "caid", limits: limits))
        #expect(failure?.kind == .answerLost)
        #expect(failure?.reason.contains("longer than") == true)
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let elsewhere = try LoopbackServer { peer in
            _ = peer.request()
            peer.answer()
        }
        let server = try LoopbackServer { [url = elsewhere.url] peer in
            _ = peer.request()
            peer.answer("307 Temporary Redirect", headers: "Location: \(url)/\r\n")
        }
        let request = HTTPRequest(url: server.url, headers: ["Authorization": "Bearer marked"])
        #expect(try await client.send(request).status == 307)
        #expect(elsewhere.connections == 0)
    }

    /// What libcurl does by itself where a kept connection is dead by now, which is harmless for a question only.
    @Test(arguments: [true, false]) func aChangeIsNeverSentTwice(isRepeatable: Bool) async throws {
        let server = try LoopbackServer { peer in
            guard let first = peer.request() else { return }
            guard !first.hasPrefix("POST") else { return }
            peer.answer()
            // Reads the next one on this connection, and hangs up.
            _ = peer.request()
        }
        _ = try await client.send(HTTPRequest(url: server.url))
        let post = HTTPRequest(method: .post, url: server.url, body: [1], isRepeatable: isRepeatable)
        #expect(await failure(of: post)?.kind == .answerLost)
        #expect(server.requests.count { $0.hasPrefix("POST") } == (isRepeatable ? 2 : 1))
    }

    @Test func aCancelledRequestEnds() async throws {
        let server = try LoopbackServer { peer in
            _ = peer.request()
            peer.waitForEnd()
        }
        let task = Task { [client] in await failure(of: HTTPRequest(url: server.url, timeout: 600), from: client) }
        while server.requests.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(
            await failure(of: HTTPRequest(url: server.url, timeout: 0.2))?.kind == .answerLost, "the client goes on")
    }

    @Test(arguments: [
        "http://example.com/", "http://127.0.0.1@example.com/", "http://127.0.0.1.example.com/", "http://1270.0.1/",
        "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "", "http://localhost\\@example.com/",
    ]) func plainTextStaysOnThisMachine(url: String) async throws {
        #expect(await failure(of: HTTPRequest(url: url))?.kind == .notSent)
        #expect(!CurlAddress.isSafe(url))
    }

    @Test func safeAddressesAreTaken() {
        for url in ["https://api.runpod.io/v2", "http://127.0.0.1:80/", "http://localhost:1", "http://[::1]:8/x"] {
            #expect(CurlAddress.isSafe(url))
        }
    }

    @Test func aHeaderCannotBecomeTwo() async throws {
        let server = try LoopbackServer { peer in _ = peer.request() }
        let request = HTTPRequest(url: server.url, headers: ["Authorization": "Bearer a\r\nX-Other: b"])
        let failure = await failure(of: request)
        #expect(failure?.kind == .notSent)
        #expect(failure?.reason.contains("Bearer") == false)
        #expect(server.connections == 0)
    }
}
