// Owns what an answer other than the wanted one means: the cause, words for a person, and what to do next.
// Never asks again, and never shows a body as it came.

import CAISystem
import FoundationEssentials

/// From an answer to an error.
struct RunPodRefusal {
    /// What was asked for, as it stands after "cannot": `stop the pod abc123`.
    let what: String
    /// Whether something may have been changed by the request.
    let isChange: Bool
    let key: APIKey

    /// The error behind a status that is not 2xx.
    func error(_ response: HTTPResponse, now: Date) -> GPUError {
        let detail = detail(response)
        let wait = response.retryAfter(now: now)
        if let error = RunPodSaying(detail)?.error(self, detail) { return error }
        switch response.status {
        case 300..<400:
            return make(.refused, "it redirects elsewhere, which is not followed; check runpod.base_url", detail)
        case 400: return make(.refused, "the request breaks a rule", detail)
        case 401: return make(.auth, "it does not accept the API key from \(key.source); \(Self.newKey)", detail)
        case 402: return noMoney(detail)
        case 403 where isBlocked(response):
            return make(
                .auth, "its edge turned the request away (1010: no User-Agent); is there a proxy that removes it?",
                detail)
        case 403:
            return make(
                .auth,
                "the API key from \(key.source) has no right to this; give it one in the console under "
                    + "Settings, API Keys, or make another", detail)
        case 404, 410: return make(.missing, "there is no such thing in this account", detail)
        case 409: return make(.refused, "that cannot be done in its present state", detail)
        case 422:
            return make(.refused, "the request does not match the API's contract; this is a fault of caid", detail)
        case 429: return rateLimited(detail, wait)
        case 500...:
            return make(
                isChange ? .ambiguous : .unreachable,
                isChange
                    ? "it failed with \(response.status), and the request may have been carried out; its state is read again"
                    : "it failed with \(response.status); that usually passes", detail, wait)
        default: return make(.refused, "it answered with \(response.status)", detail)
        }
    }

    /// The error behind no answer at all.
    func error(_ failure: HTTPFailure) -> GPUError {
        switch failure.kind {
        case .cancelled: make(.stopped, "stopped", failure.reason)
        case .notSent: make(.unreachable, "it cannot be reached; check the network and runpod.base_url", failure.reason)
        case .answerLost where isChange:
            make(.ambiguous, "the answer was lost, and the request may have been carried out", failure.reason)
        case .answerLost: make(.unreachable, "the answer was lost", failure.reason)
        }
    }

    /// The error behind an answer that makes no sense.
    func nonsense(_ why: String) -> GPUError {
        make(
            isChange ? .ambiguous : .unreachable,
            isChange
                ? "its answer makes no sense, and the request may have been carried out" : "its answer makes no sense",
            why)
    }

    func noMoney(_ detail: String) -> GPUError {
        make(
            .balance,
            "the account has no money left; add credit at https://console.runpod.io/user/billing "
                + "(at $0 pods without a network volume are deleted)", detail)
    }

    func rateLimited(_ detail: String, _ wait: Double?) -> GPUError {
        make(
            .rateLimited, "too many requests\(wait.map { "; come back in \(Int($0.rounded(.up))) s" } ?? "")", detail,
            wait)
    }

    func make(_ code: GPUError.Code, _ why: String, _ detail: String, _ wait: Double? = nil) -> GPUError {
        let cause = RunPodWords.clean(detail, key: key)
        return GPUError(code, "cannot \(what) at RunPod: \(why)", cause: cause.isEmpty ? nil : cause, retryAfter: wait)
    }

    static let newKey = "make a new one in the console under Settings, API Keys, and put it there"

    /// The words of a problem+json, or of GraphQL's errors; empty where the body is something else, such as a page.
    private func detail(_ response: HTTPResponse) -> String {
        guard let json = try? CanonicalJSON.decode(JSONValue.self, from: response.body) else { return "" }
        let reply = RunPodReply(json: json)
        let words = [reply["detail"]?.text ?? reply["title"]?.text ?? reply["error"]?.text ?? reply["message"]?.text]
        let problems = reply["errors"]?.list.compactMap { $0.text ?? $0["message"]?.text } ?? []
        let actions = reply["actions"].map { ["it allows: \($0.texts.joined(separator: ", "))"] } ?? []
        return (words.compactMap { $0 } + problems.prefix(5) + actions).joined(separator: "; ")
    }

    private func isBlocked(_ response: HTTPResponse) -> Bool {
        let text = String(decoding: response.body.prefix(4000), as: UTF8.self)
        return text.contains("error code: 1010") || text.contains("\"error_code\":1010") || text.contains("Error 1010")
    }
}

/// What some sentences mean, whatever status they come with: neither API has codes for them.
enum RunPodSaying {
    case capacity, balance, missing, rateLimited, auth, passing

    init?(_ text: String) {
        let text = text.lowercased()
        let sayings: [(RunPodSaying, [String])] = [
            (
                .capacity,
                [
                    "no longer any instances", "not enough free gpu", "no instances available",
                    "no instances currently",
                    "no available instance", "no capacity", "out of capacity", "insufficient capacity", "no free gpu",
                    "could not be placed", "no machines available", "no resources", "no gpus available",
                ]
            ),
            (
                .balance,
                ["insufficient balance", "insufficient funds", "balance is too low", "spend limit", "add funds"]
            ),
            (.missing, ["pod not found", "pod does not exist"]),
            (.rateLimited, ["rate limit", "too many requests"]),
            (.auth, ["unauthorized", "unauthenticated", "not authenticated", "invalid api key", "forbidden"]),
            (.passing, ["something went wrong. please try again later"]),
        ]
        guard let found = sayings.first(where: { $0.1.contains { text.contains($0) } }) else { return nil }
        self = found.0
    }

    /// nil where the status says it better.
    func error(_ refusal: RunPodRefusal, _ detail: String) -> GPUError? {
        switch self {
        case .capacity: refusal.make(.capacity, "no such GPU is free now", detail)
        case .balance: refusal.noMoney(detail)
        case .missing, .rateLimited, .auth, .passing: nil
        }
    }
}
