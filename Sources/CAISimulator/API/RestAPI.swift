// Owns the routes of REST v2: which path means which verb of the cloud, and how its result is shown.
// Never decides anything about pods.

import CAISystem
import FoundationEssentials

/// One request to an API.
struct APIRequest: Sendable {
    var method: String
    /// The decoded parts of the path.
    var path: [String]
    var query: [String: String]
    var body: [UInt8]
}

/// A REST request that was understood so far that it is known what it would do.
struct RestCall: Sendable {
    let request: APIRequest
    let operation: Operation
    /// The pod it is about.
    let pod: String?
    /// What a create asks for.
    private let order: PodOrder?
    private let action: String?

    var gpu: String? { order?.gpu }

    /// - Throws: 404 for unknown paths, 405 for methods they do not have, 400 and 422 for bodies.
    init(_ request: APIRequest) throws(Problem) {
        self.request = request
        pod = request.path.first == "pods" && request.path.count > 1 ? request.path[1] : nil
        var (order, action, operation): (PodOrder?, String?, Operation) = (nil, nil, .other)
        switch (request.method, request.path.first, request.path.count) {
        case ("GET", "pods", 1): operation = .list
        case ("POST", "pods", 1):
            order = try PodOrder(create: request.body)
            operation = .create
        case ("GET", "pods", 2): operation = .read
        case ("PATCH", "pods", 2): operation = .update
        case ("DELETE", "pods", 2): operation = .terminate
        case ("POST", "pods", 3) where request.path[2] == "action":
            var body = try RequestBody(request.body)
            body.require("action")
            action = body.word("action", of: ["start", "stop", "restart", "terminate"])
            try body.finish()
            operation = action.flatMap(Operation.init) ?? .other
        case ("GET", "billing", 2), ("GET", "catalog", 2...3), ("GET", "account", 2), ("PUT", "account", 2),
            ("GET", "network-volumes", 1...2), ("POST", "network-volumes", 1), ("PATCH", "network-volumes", 2),
            ("DELETE", "network-volumes", 2):
            break
        case (_, "pods", 1...2), (_, "billing", 2), (_, "catalog", 2...3), (_, "account", 2),
            (_, "network-volumes", 1...2):
            throw Problem(405, "method not allowed")
        default: throw .missing("route")
        }
        (self.order, self.action, self.operation) = (order, action, operation)
    }

    /// A pod's own key reads and stops that pod, and nothing else.
    func isAllowed(to caller: Cloud.Caller) -> Bool {
        guard case .pod(let own) = caller else { return true }
        return pod == own && (operation == .read || operation == .stop)
    }

    func carryOut(on cloud: Cloud) async throws(Problem) -> Reply {
        switch operation {
        case .list:
            let pods = await cloud.state.pods
            return Reply(200, .object(["pods": .array(pods.map { $0.reply(at: cloud.now) })]))
        case .create:
            guard let order else { throw .bad("no order") }
            return Reply(201, try await cloud.create(order).reply(at: cloud.now))
        case .read: return Reply(200, try await cloud.pod(pod ?? "").reply(at: cloud.now))
        case .update: return Reply(200, try await cloud.update(pod ?? "", request.body).reply(at: cloud.now))
        case .start: return Reply(200, try await cloud.start(pod ?? "").reply(at: cloud.now))
        case .stop: return Reply(200, try await cloud.stop(pod ?? "").reply(at: cloud.now))
        case .restart: return Reply(200, try await cloud.restart(pod ?? "").reply(at: cloud.now))
        case .terminate:
            try await cloud.terminate(pod ?? "")
            return Reply(204)
        case .other: return try await others(cloud)
        }
    }

    private func others(_ cloud: Cloud) async throws(Problem) -> Reply {
        let path = request.path
        switch (request.method, path[0], path.count > 1 ? path[1] : "") {
        case ("GET", "billing", "pods"): return try await cloud.billing(request.query)
        case ("GET", "catalog", "gpus"):
            return try await cloud.catalog(id: path.count > 2 ? path[2] : nil, request.query)
        case ("GET", "account", "ssh-keys"):
            return Reply(200, .object(["keys": .texts(await cloud.state.sshKeys)]))
        case ("PUT", "account", "ssh-keys"):
            return Reply(200, .object(["keys": .texts(try await cloud.replaceKeys(request.body))]))
        case ("GET", "network-volumes", ""):
            return Reply(200, .object(["networkVolumes": .array(await cloud.state.volumes.map(\.reply))]))
        case ("POST", "network-volumes", ""): return Reply(201, try await cloud.createVolume(request.body).reply)
        case ("GET", "network-volumes", let id): return Reply(200, try await cloud.volume(id).reply)
        case ("PATCH", "network-volumes", let id):
            return Reply(200, try await cloud.updateVolume(id, request.body).reply)
        case ("DELETE", "network-volumes", let id):
            try await cloud.deleteVolume(id)
            return Reply(204)
        default: throw .missing("route")
        }
    }
}

extension Cloud {
    func update(_ id: String, _ bytes: [UInt8]) throws(Problem) -> PodRecord {
        let change = try PodChange(update: bytes)
        try change.check(against: try pod(id))
        self.change(id) { change.apply(to: &$0) }
        return try pod(id)
    }

    /// - Returns: the keys as they are now.
    func replaceKeys(_ bytes: [UInt8]) throws(Problem) -> [String] {
        var body = try RequestBody(bytes)
        body.require("keys")
        let keys = body.strings("keys") ?? []
        for (index, key) in keys.enumerated() where !SSHKeyLine.isOne(key) {
            body.complain("keys[\(index)]", "is not an authorized_keys line")
        }
        try body.finish()
        state.sshKeys = keys
        save()
        return keys
    }
}

enum SSHKeyLine {
    /// `type base64 [comment]` on one line, as the contract's pattern has it.
    static func isOne(_ text: String) -> Bool {
        guard !text.contains(where: \.isNewline) else { return false }
        let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, let type = words.first, let rest = words.last, let first = rest.first else {
            return false
        }
        return ["ssh-", "ecdsa-", "sk-"].contains { type.hasPrefix($0) && type.count > $0.count }
            && !first.isWhitespace && !type.contains(where: \.isWhitespace)
    }
}
