// Owns a web service that answers what a test wrote down for it.
// Never opens a connection.

import CAISystem
import Synchronization

@testable import CAIGPU

/// `HTTPClient` with answers prepared.
final class ScriptedHTTP: HTTPClient {
    enum Answer: Sendable {
        case reply(HTTPResponse)
        case failure(HTTPFailure.Kind)

        static func status(_ status: Int, _ headers: [String: String] = [:], _ body: String = "") -> Answer {
            .reply(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
        }
    }

    private let state: Mutex<(requests: [HTTPRequest], answers: [Answer])>

    /// - Parameter answers: one for each request; the last one serves for all that follow.
    init(_ answers: [Answer]) { state = Mutex(([], answers)) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? .failure(.notSent)
        }
        switch answer {
        case .reply(let response): return response
        case .failure(let kind): throw HTTPFailure(kind: kind, reason: "scripted")
        }
    }
}

extension HTTPRequest {
    /// Its body as JSON.
    var json: JSONValue? { body.flatMap { try? CanonicalJSON.decode(JSONValue.self, from: $0) } }
}
