// Owns the way of a request: edge, key, what it means, trouble before, effect, trouble after.
// Never knows sockets.

import CAISystem

/// What of a request counts before its body does.
struct Incoming: Sendable {
    var method: String
    /// The decoded parts of the path.
    var path: [String]
    var query: [String: String]
    var userAgent: String?
    var authorization: String?
    var body: [UInt8]
}

actor Front {
    private let cloud: Cloud
    private var seen: [SeenRequest] = []
    private static let remembered = 10_000

    init(cloud: Cloud) { self.cloud = cloud }

    func answer(_ incoming: Incoming) async -> Reply {
        let request = APIRequest(
            method: incoming.method, path: Array(incoming.path.dropFirst()), query: incoming.query, body: incoming.body)
        if incoming.path.first == "sim" {
            do throws(Problem) {
                return try await SimAPI.answer(request, cloud: cloud, seen: seen)
            } catch {
                return Reply(error)
            }
        }
        var note = SeenRequest(
            at: cloud.now, method: incoming.method, path: "/" + incoming.path.joined(separator: "/"), status: 0)
        let reply = await answer(incoming, request, &note)
        note.status = reply.status
        seen = seen.suffix(Self.remembered - 1) + [note]
        return reply
    }

    private func answer(_ incoming: Incoming, _ request: APIRequest, _ note: inout SeenRequest) async -> Reply {
        if (incoming.userAgent ?? "").isEmpty { return Reply(edge: 403, "error code: 1010") }
        let isGraph = incoming.path == ["graphql"]
        func refuse(_ problem: Problem) -> Reply {
            isGraph ? GraphQLCall.failure(problem, status: problem.status) : Reply(problem)
        }
        guard let authorization = incoming.authorization, authorization.hasPrefix("Bearer ") else {
            return refuse(Problem(401, "missing bearer token"))
        }
        guard let caller = await cloud.caller(bearing: String(authorization.dropFirst("Bearer ".count))) else {
            return refuse(Problem(401, "invalid bearer token"))
        }
        do throws(Problem) {
            if isGraph {
                guard request.method == "POST" else { throw Problem(405, "method not allowed") }
                let call = try GraphQLCall(request.body)
                note.operation = call.operation
                guard call.isAllowed(to: caller) else { return refuse(.denied) }
                let occasion = await occasion(call.operation, call.pod, call.gpu)
                return await inTrouble(occasion, isGraph, &note) { await call.carryOut(on: cloud) }
            }
            guard incoming.path.first == "v2" else { throw Problem.missing("route") }
            let call = try RestCall(request)
            note.operation = call.operation
            guard call.isAllowed(to: caller) else { return refuse(.denied) }
            let occasion = await occasion(call.operation, call.pod, call.gpu)
            return await inTrouble(occasion, isGraph, &note) {
                do throws(Problem) { return try await call.carryOut(on: cloud) } catch { return Reply(error) }
            }
        } catch {
            return refuse(error)
        }
    }

    private func occasion(_ operation: Operation, _ pod: String?, _ gpu: String?) async -> Occasion {
        var found: PodRecord?
        if let pod { found = try? await cloud.pod(pod) }
        return Occasion(operation, pod: found, gpu: gpu)
    }

    private func inTrouble(
        _ occasion: Occasion, _ isGraph: Bool, _ note: inout SeenRequest, _ effect: () async -> Reply
    ) async -> Reply {
        if let trouble = await cloud.draw(.rateLimit, nil, for: occasion) {
            note.trouble = trouble.kind.rawValue
            let seconds = Int((trouble.seconds ?? 5).rounded(.up))
            return Reply(Problem(429, "rate limit exceeded for the minute window", retryAfter: seconds))
        }
        if let trouble = await cloud.draw(.hang, .before, for: occasion) {
            note.trouble = trouble.kind.rawValue
            try? await Task.sleep(for: .seconds(trouble.seconds ?? 3600))
        }
        if let trouble = await cloud.draw(.serverError, .before, for: occasion) {
            note.trouble = trouble.kind.rawValue
            return Self.serverError(trouble, isGraph)
        }
        var reply = await effect()
        if let trouble = await cloud.draw(.hang, .after, for: occasion) {
            note.trouble = trouble.kind.rawValue
            try? await Task.sleep(for: .seconds(trouble.seconds ?? 3600))
        }
        if let trouble = await cloud.draw(.serverError, .after, for: occasion) {
            note.trouble = trouble.kind.rawValue
            return Self.serverError(trouble, isGraph)
        }
        if await cloud.draw(.cut, nil, for: occasion) != nil {
            note.trouble = Trouble.Kind.cut.rawValue
            reply.isCut = true
        }
        return reply
    }

    /// GraphQL hides what went wrong behind a 200, gateways behind a page.
    private static func serverError(_ trouble: Trouble, _ isGraph: Bool) -> Reply {
        let status = trouble.status ?? 500
        if isGraph, status == 500 {
            return GraphQLCall.failure(
                Problem(500, "Something went wrong. Please try again later or contact support."))
        }
        return Reply(Problem(status, "upstream failure"))
    }
}
