// Owns a refusal: the status and the words that both APIs make their error replies from.
// Never carries a secret.

/// A refusal of a request.
struct Problem: Error, Sendable {
    var status: Int
    var detail: String
    var errors: [String] = []
    /// Seconds.
    var retryAfter: Int?

    init(_ status: Int, _ detail: String, errors: [String] = [], retryAfter: Int? = nil) {
        (self.status, self.detail, self.errors, self.retryAfter) = (status, detail, errors, retryAfter)
    }

    static func bad(_ detail: String) -> Problem { Problem(400, detail) }
    static func invalid(_ errors: [String]) -> Problem { Problem(422, "Request validation failed.", errors: errors) }
    static func missing(_ what: String) -> Problem { Problem(404, "\(what) not found") }
    static let denied = Problem(403, "access denied")
    static let noBalance = Problem(402, "insufficient balance: add funds to your account")
    static let noCapacityToCreate = Problem(
        400,
        "There are no longer any instances available with the requested specifications. Please refresh and try again.")
    static let noCapacityToStart = Problem(
        400, "There are not enough free GPUs on the host machine to start this pod.")

    var title: String { Self.title(of: status) }

    static func title(of status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Error"
        }
    }
}
