// Owns a reply before it goes onto the wire.
// Never knows which request it answers.

import CAISystem

struct Reply: Sendable {
    var status: Int
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Whether the connection breaks off in the middle of it.
    var isCut = false

    init(_ status: Int, _ body: JSONValue? = nil, type: String = "application/json") {
        self.status = status
        // A JSON value of ours always has a spelling: no number in it is infinite.
        if let body, let bytes = try? CanonicalJSON.encode(body) {
            self.body = bytes
            headers["Content-Type"] = type
        }
    }

    init(_ problem: Problem) {
        var members: [String: JSONValue] = [
            "title": .string(problem.title), "status": .int(problem.status), "detail": .string(problem.detail),
        ]
        if !problem.errors.isEmpty { members["errors"] = .array(problem.errors.map { .string($0) }) }
        self.init(problem.status, .object(members), type: "application/problem+json")
        if let seconds = problem.retryAfter {
            headers["Retry-After"] = "\(seconds)"
            headers["RateLimit"] = "\"minute\";r=0;t=\(seconds)"
            headers["RateLimit-Policy"] = "\"minute\";q=60;w=60"
        }
    }

    /// What stands in front of the API answers in plain text.
    init(edge status: Int, _ text: String) {
        self.init(status)
        body = Array(text.utf8)
        headers["Content-Type"] = "text/plain; charset=UTF-8"
    }
}

extension JSONValue {
    /// null for nil.
    static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func number(_ value: Int?) -> JSONValue { value.map { .int($0) } ?? .null }
    static func texts(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}
