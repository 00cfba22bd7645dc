// Owns asking again: a wrapper round the seam, for questions that may be asked twice.
// Never repeats a request that changes something.

import CAISystem
import FoundationEssentials

/// Asks again, with growing pauses, where the other side is overloaded or did not answer; four times at most.
struct RetryingHTTPClient: HTTPClient {
    let base: any HTTPClient
    let clock: any WallClock
    var backoff = Backoff(first: 1, most: 8, jitter: 0.5, seed: .random(in: .min ... .max))
    /// Waits for so many seconds; throws where that is cancelled.
    var pause: @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }

    private static let tries = 4
    /// Seconds that a caller is made to wait at most because the other side asks for it; beyond that the caller decides.
    private static let longestWait = 60.0

    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard request.isRepeatable else { return try await base.send(request) }
        for failures in 1..<Self.tries {
            var wait = backoff.delay(after: failures)
            do throws(HTTPFailure) {
                let response = try await base.send(request)
                guard Self.passes(response.status) else { return response }
                if let asked = response.retryAfter(now: clock.now()) {
                    guard asked <= Self.longestWait else { return response }
                    wait = max(wait, asked)
                }
            } catch {
                guard error.kind != .cancelled else { throw error }
            }
            do { try await pause(wait) } catch {
                throw HTTPFailure(kind: .cancelled, reason: "stopped while waiting to ask again")
            }
        }
        return try await base.send(request)
    }

    /// Whether such an answer is likely to be another one soon.
    private static func passes(_ status: Int) -> Bool {
        status == 429 || [500, 502, 503, 504].contains(status) || (520...524).contains(status)
    }
}
