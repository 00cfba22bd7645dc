// Owns what GraphQL's queries and mutations do.
// Never answers REST.

import CAISystem

/// A GraphQL request that was understood so far that it is known what it would do.
struct GraphQLCall: Sendable {
    private let document: GraphQLDocument
    let operation: Operation
    let pod: String?
    let gpu: String?

    private static let mutations: [String: Operation] = [
        "podFindAndDeployOnDemand": .create, "podResume": .start, "podStop": .stop, "podTerminate": .terminate,
        "updateUserSettings": .other,
    ]
    private static let queries: [String: Operation] = ["pod": .read, "myself": .list, "gpuTypes": .other]

    /// - Throws: 400 where the body is no GraphQL request or asks for something that does not exist.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard let json = try? CanonicalJSON.decode(JSONValue.self, from: bytes), let query = json["query"]?.stringValue
        else { throw .bad("POST body missing, invalid Content-Type, or JSON object has no keys.") }
        var variables: [String: JSONValue] = [:]
        if case .object(let given)? = json["variables"] { variables = given }
        document = try GraphQLDocument(query, variables: variables)
        let known = document.isMutation ? Self.mutations : Self.queries
        for field in document.fields where known[field.name] == nil {
            throw .bad(
                "Cannot query field \"\(field.name)\" on type \"\(document.isMutation ? "Mutation" : "Query")\".")
        }
        guard let first = document.fields.first else { throw .bad("Syntax Error: no field is selected.") }
        // One mutation at a time, so that trouble knows what it strikes.
        guard !document.isMutation || document.fields.count == 1 else { throw .bad("one mutation at a time, please") }
        operation = known[first.name] ?? .other
        pod = first.arguments["input"]?["podId"]?.stringValue
        gpu = first.arguments["input"]?["gpuTypeId"]?.stringValue
    }

    /// A pod's own key reads and stops that pod, and nothing else.
    func isAllowed(to caller: Cloud.Caller) -> Bool {
        guard case .pod(let own) = caller else { return true }
        return document.fields.count == 1 && pod == own && (operation == .read || operation == .stop)
    }

    func carryOut(on cloud: Cloud) async -> Reply {
        var data: [String: JSONValue] = [:]
        do {
            for field in document.fields { data[field.alias] = try await resolve(field, cloud) }
            return Reply(200, .object(["data": .object(data)]))
        } catch {
            return Self.failure(error)
        }
    }

    /// What is wrong with the request's words is HTTP 400, what is wrong in the account 200.
    static func failure(_ problem: Problem, status: Int = 200) -> Reply {
        let isSyntax = ["Syntax Error", "Cannot query", "Field \"", "Argument \"", "POST body", "one mutation"].contains
        {
            problem.detail.hasPrefix($0)
        }
        return Reply(
            isSyntax ? 400 : status,
            .object(["errors": .array([.object(["message": .string(problem.detail)])]), "data": .null]))
    }

    private func resolve(_ field: GraphQLField, _ cloud: Cloud) async throws(Problem) -> JSONValue {
        let input = field.arguments["input"]
        func podId() throws(Problem) -> String {
            guard let id = input?["podId"]?.stringValue else {
                throw .bad("Field \"podId\" of required type \"String!\" was not provided.")
            }
            return id
        }
        switch field.name {
        case "pod":
            let id = try podId()
            guard let pod = try? await cloud.pod(id) else { return .null }
            return try field.pick(from: pod.graph(at: cloud.now), type: "Pod")
        case "myself": return try field.pick(from: await cloud.graph, type: "User")
        case "gpuTypes":
            return try field.pick(from: await cloud.gpuTypes(id: input?["id"]?.stringValue), type: "GpuType")
        case "podFindAndDeployOnDemand":
            let order = try PodOrder(graph: input)
            return try field.pick(from: await cloud.create(order).graph(at: cloud.now), type: "Pod")
        case "podResume":
            return try field.pick(from: await cloud.start(try podId()).graph(at: cloud.now), type: "Pod")
        case "podStop":
            return try field.pick(from: await cloud.stop(try podId()).graph(at: cloud.now), type: "Pod")
        case "podTerminate":
            do {
                try await cloud.terminate(try podId())
            } catch {
                throw error.status == 404 ? Problem(404, "pod not found to terminate") : error
            }
            return .null
        default:
            let keys = input?["pubKey"]?.stringValue ?? ""
            await cloud.setKeys(keys.split(separator: "\n").map(String.init))
            return try field.pick(from: await cloud.graph, type: "User")
        }
    }
}

extension Cloud {
    func setKeys(_ keys: [String]) {
        state.sshKeys = keys
        save()
    }
}
