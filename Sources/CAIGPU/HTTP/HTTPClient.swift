// Owns the seam of asking a web service one question: a request, an answer, a failure that says whether the request went out.
// Never knows what a status means.

import CAISystem
import FoundationEssentials

/// One question to a web service.
struct HTTPRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    var method = Method.get
    /// Absolute; everything in it is percent-encoded already. Never holds a secret: addresses end up in logs.
    var url: String
    var headers: [String: String] = [:]
    var body: [UInt8]?
    /// Seconds for the whole of it.
    var timeout = 30.0
    /// Whether asking twice is the same as asking once.
    var isRepeatable = true
}

/// Its headers may hold a key: whatever prints it shows none of them.
extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    var description: String { "\(method.rawValue) \(url)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the service answered.
struct HTTPResponse: Sendable, Equatable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
}

/// Why there is no answer.
struct HTTPFailure: Error, Sendable, Equatable {
    enum Kind: Sendable {
        /// Nothing was sent, so nothing has happened.
        case notSent
        /// The request, or a part of it, went out: nobody knows what came of it.
        case answerLost
        /// The asking task was cancelled.
        case cancelled
    }

    var kind: Kind
    /// Words for a person.
    var reason: String
}

/// Something that asks web services.
protocol HTTPClient: Sendable {
    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
}
