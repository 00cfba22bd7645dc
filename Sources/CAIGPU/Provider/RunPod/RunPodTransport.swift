// Owns a question to RunPod from its parts to its answer's: address, headers, JSON in and out, errors by their causes.
// Never puts the key anywhere but into its header.

import CAISystem
import FoundationEssentials

/// Both APIs below one base.
struct RunPodTransport: Sendable {
    let client: any HTTPClient
    let settings: RunPodSettings
    let clock: any WallClock

    /// Asks REST v2.
    /// - Parameters:
    ///   - path: below the base, of parts that need no encoding.
    ///   - what: as it stands after "cannot".
    func rest(
        _ path: String, method: HTTPRequest.Method = .get, query: [(String, String)] = [], body: JSONValue? = nil,
        to what: String
    ) async throws(GPUError) -> RunPodReply {
        let pairs = query.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
        let url = settings.baseURL + path + (pairs.isEmpty ? "" : "?" + pairs)
        let refusal = RunPodRefusal(what: what, isChange: method != .get, key: settings.apiKey)
        let response = try await send(method, url, body, refusal)
        guard (200..<300).contains(response.status) else { throw refusal.error(response, now: clock.now()) }
        return try json(response, refusal)
    }

    /// Asks GraphQL, with variables always; its answer's `data`.
    func graphQL(
        _ query: String, _ variables: [String: JSONValue] = [:], isChange: Bool = false, to what: String
    ) async throws(GPUError) -> RunPodReply {
        let body = JSONValue.object(["query": .string(query), "variables": .object(variables)])
        let refusal = RunPodRefusal(what: what, isChange: isChange, key: settings.apiKey)
        let response = try await send(.post, settings.baseURL + "/graphql", body, refusal)
        guard (200..<300).contains(response.status) else { throw refusal.error(response, now: clock.now()) }
        let reply = try json(response, refusal)
        if let errors = reply["errors"]?.list, !errors.isEmpty {
            throw refusal.error(graphQL: errors, wait: response.retryAfter(now: clock.now()))
        }
        guard let data = reply["data"] else { throw refusal.nonsense("no data") }
        return data
    }

    private func send(
        _ method: HTTPRequest.Method, _ url: String, _ body: JSONValue?, _ refusal: RunPodRefusal
    ) async throws(GPUError) -> HTTPResponse {
        var request = HTTPRequest(method: method, url: url)
        request.headers = ["Authorization": settings.apiKey.authorization, "Accept": "application/json"]
        request.isRepeatable = !refusal.isChange
        // A machine is found before the answer comes.
        if refusal.isChange { request.timeout = 60 }
        if let body {
            request.headers["Content-Type"] = "application/json"
            do { request.body = try CanonicalJSON.encode(body) } catch { throw refusal.nonsense("\(error)") }
        }
        do { return try await client.send(request) } catch { throw refusal.error(error) }
    }

    private func json(_ response: HTTPResponse, _ refusal: RunPodRefusal) throws(GPUError) -> RunPodReply {
        guard !response.body.isEmpty else { return RunPodReply(json: .null) }
        guard let json = try? CanonicalJSON.decode(JSONValue.self, from: response.body) else {
            throw refusal.nonsense("no JSON")
        }
        return RunPodReply(json: json)
    }

    /// An id for a path.
    func checked(_ id: String, _ what: String) throws(GPUError) -> String {
        guard RunPodReply.isID(id) else {
            throw GPUError(.refused, "cannot \(what): an id at RunPod has letters and digits only")
        }
        return id
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

extension RunPodRefusal {
    /// The error behind GraphQL's `errors`, which come with status 200.
    func error(graphQL errors: [RunPodReply], wait: Double?) -> GPUError {
        let messages = errors.prefix(5).compactMap { $0["message"]?.text }
        let codes = errors.compactMap { $0["extensions"]?["code"]?.text }
        let detail = messages.joined(separator: "; ")
        switch RunPodSaying(detail + " " + codes.joined(separator: " ")) {
        case .capacity: return make(.capacity, "no such GPU is free now", detail)
        case .balance: return noMoney(detail)
        case .missing: return make(.missing, "there is no such thing in this account", detail)
        case .rateLimited: return rateLimited(detail, wait)
        case .auth:
            return make(.auth, "it does not accept the API key from \(key.source); \(Self.newKey)", detail)
        case .passing, nil:
            if codes.contains("GRAPHQL_VALIDATION_FAILED") || codes.contains("BAD_USER_INPUT") {
                return make(.refused, "the request does not match the API; this is a fault of caid", detail)
            }
            // Nothing tells a refusal from a request that failed half way.
            return make(
                isChange ? .ambiguous : .unreachable,
                isChange
                    ? "it failed, and the request may have been carried out; its state is read again" : "it failed",
                detail)
        }
    }
}
