// Owns the tests of asking again and of knowing when.
// Never waits.

import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import CAIGPU

struct RetryTests {
    private let clock = FixedClock()
    private let pauses = Pauses()

    private func send(
        _ request: HTTPRequest, _ answers: ScriptedHTTP.Answer...
    ) async -> (Result<HTTPResponse, CAIGPU.HTTPFailure>, asked: Int) {
        let script = ScriptedHTTP(answers)
        let client = RetryingHTTPClient(base: script, clock: clock, pause: { try await pauses.add($0) })
        do throws(CAIGPU.HTTPFailure) {
            return (.success(try await client.send(request)), script.requests.count)
        } catch { return (.failure(error), script.requests.count) }
    }

    private let read = HTTPRequest(url: "https://x/")
    private let change = HTTPRequest(method: .post, url: "https://x/", isRepeatable: false)

    @Test func aReadIsAskedAgainUntilItIsAnswered() async throws {
        let (result, asked) = await send(
            read, .status(503), .failure(.answerLost), .failure(.notSent), .status(200))
        #expect(try result.get().status == 200)
        #expect(asked == 4)
        let all = pauses.all
        #expect(all.count == 3)
        for (pause, least) in zip(all, [1.0, 2, 4]) { #expect((least...least * 1.5).contains(pause)) }
    }

    @Test func tryingHasAnEnd() async throws {
        let (result, asked) = await send(read, .status(500), .status(502), .status(504), .status(522), .status(200))
        #expect(try result.get().status == 522)
        #expect(asked == 4)
    }

    @Test(arguments: [200, 301, 400, 401, 402, 403, 404, 409, 422]) func whatWillNotChangeIsNotAskedAgain(
        status: Int
    ) async throws {
        let (result, asked) = await send(read, .status(status))
        #expect(try result.get().status == status)
        #expect(asked == 1)
    }

    @Test func aChangeIsAskedForOnce() async throws {
        for answer in [ScriptedHTTP.Answer.status(429), .status(500), .failure(.answerLost), .failure(.notSent)] {
            #expect(await send(change, answer, .status(200)).asked == 1)
        }
        #expect(pauses.all.isEmpty)
    }

    @Test func theOtherSideSaysWhen() async throws {
        let (result, _) = await send(read, .status(429, ["retry-after": "12"]), .status(200))
        #expect(try result.get().status == 200)
        #expect(pauses.all == [12])
    }

    @Test func aLongWaitIsTheCallersDecision() async throws {
        let (result, asked) = await send(read, .status(429, ["retry-after": "3600"]), .status(200))
        #expect(try result.get().status == 429)
        #expect(asked == 1)
        #expect(pauses.all.isEmpty)
    }

    @Test func aCancelledOneEnds() async throws {
        let (result, asked) = await send(read, .failure(.cancelled), .status(200))
        #expect(throws: CAIGPU.HTTPFailure(kind: .cancelled, reason: "scripted")) { try result.get() }
        #expect(asked == 1)
        pauses.cancel()
        let (other, _) = await send(read, .status(503), .status(200))
        let failure = #expect(throws: CAIGPU.HTTPFailure.self) { try other.get() }
        #expect(failure?.kind == .cancelled)
    }

    @Test func headersSayWhenToComeBack() {
        let now = Date(timeIntervalSince1970: 784_111_777 - 30)
        func wait(_ headers: [String: String]) -> Double? {
            HTTPResponse(status: 429, headers: headers).retryAfter(now: now)
        }
        #expect(wait(["retry-after": " 12 "]) == 12)
        #expect(wait(["retry-after": "-5"]) == 0)
        #expect(wait(["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]) == 30)
        #expect(
            wait(["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Sun, 06 Nov 1994 08:49:30 GMT"]) == 7,
            "its own clock counts")
        #expect(wait(["retry-after": "Sun, 06 Nov 1988 08:49:37 GMT"]) == 0)
        for nonsense in [
            "", "soon", "nan", "inf", "1e999", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        ] {
            #expect(wait(["retry-after": nonsense]) == nil)
        }
        #expect(wait(["ratelimit": #""minute";r=0;t=12, "hour";r=2800;t=1812, "day";r=0;t=40"#]) == 40)
        #expect(wait(["ratelimit": #""minute";r=3;t=12"#]) == nil)
        #expect(wait(["ratelimit": "; =,;;t=;r="]) == nil)
        #expect(wait([:]) == nil)
    }
}

/// Pauses that are noted instead of waited for.
private final class Pauses: Sendable {
    private let state = Mutex((pauses: [Double](), isCancelled: false))

    var all: [Double] { state.withLock { $0.pauses } }

    func cancel() { state.withLock { $0.isCancelled = true } }

    func add(_ seconds: Double) async throws {
        let isCancelled = state.withLock { state in
            state.pauses.append(seconds)
            return state.isCancelled
        }
        if isCancelled { throw CancellationError() }
    }
}
