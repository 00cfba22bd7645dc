// Owns the simulator's own routes below /sim: meters, folders, requests seen, trouble.
// Never reachable as part of the provider's API.

import CAISystem

/// One request that came in, for tests of what a client does and does not repeat.
struct SeenRequest: Sendable {
    var at: Double
    var method: String
    var path: String
    var operation: Operation?
    var status: Int
    /// The kind of trouble it met.
    var trouble: String?

    var json: JSONValue {
        .object([
            "at": .double(at), "method": .string(method), "path": .string(path),
            "operation": .text(operation?.rawValue), "status": .int(status), "trouble": .text(trouble),
        ])
    }
}

extension Cloud {
    var meterReport: JSONValue {
        let now = now
        var sum = Use()
        let pods: [JSONValue] = meters.map { pod in
            let use = use(of: pod, to: now)
            sum = sum + use
            var members = use.report(scale: settings.timeScale)
            members["id"] = .string(pod.id)
            members["name"] = .string(pod.name)
            members["status"] = .string((try? self.pod(pod.id).status.rawValue) ?? PodStatus.terminated.rawValue)
            return .object(members)
        }
        return .object([
            "at": .double(now), "time_scale": .double(settings.timeScale),
            "balance_usd": .double(state.credit - sum.usd),
            "hours_per_month": .double(StoragePrice.hoursPerMonth), "pods": .array(pods),
            "total": .object(sum.report(scale: settings.timeScale)),
        ])
    }

    var podReport: JSONValue {
        .array(
            state.pods.map { pod in
                let plan = plan(for: pod)
                return .object([
                    "id": .string(pod.id), "name": .string(pod.order.name), "status": .string(pod.status.rawValue),
                    "port": .number(pod.sshd?.port), "sshd_pid": .number(pod.sshd?.process.map { Int($0.pid) }),
                    "folder": .string(plan.folder.string), "container": .string(plan.container.string),
                    "workspace": .string(plan.workspace.string), "host_key": .string("\(plan.hostKey).pub"),
                    "usd_per_hour": .double(pod.rates.compute), "storage_usd_per_hour": .double(pod.rates.storage),
                ])
            })
    }

    var troubleReport: JSONValue {
        .array(
            troubleListed.map { rule in
                let spelled = try? CanonicalJSON.decode(
                    JSONValue.self, from: try CanonicalJSON.encode(rule.trouble))
                return .object([
                    "number": .int(rule.number), "left": .number(rule.left), "trouble": spelled ?? .null,
                ])
            })
    }
}

extension Use {
    /// Seconds are real ones unless they are called billed.
    func report(scale: Double) -> [String: JSONValue] {
        [
            "seconds": .double(seconds), "billed_seconds": .double(seconds * scale), "compute_usd": .double(computeUSD),
            "storage_usd": .double(storageUSD), "usd": .double(usd),
        ]
    }
}

enum SimAPI {
    static func answer(_ request: APIRequest, cloud: Cloud, seen: [SeenRequest]) async throws(Problem) -> Reply {
        switch (request.method, request.path.first ?? "") {
        case ("GET", "meter"): return Reply(200, await cloud.meterReport)
        case ("GET", "pods"): return Reply(200, .object(["pods": await cloud.podReport]))
        case ("GET", "requests"): return Reply(200, .object(["requests": .array(seen.map(\.json))]))
        case ("GET", "trouble"): return Reply(200, .object(["trouble": await cloud.troubleReport]))
        case ("DELETE", "trouble"):
            await cloud.clearTrouble()
            return Reply(204)
        case ("POST", "trouble"):
            guard let json = try? CanonicalJSON.decode(JSONValue.self, from: request.body) else {
                throw .bad("the request body is not valid JSON")
            }
            return Reply(201, .object(["number": .int(await cloud.add(try Trouble(json)))]))
        default: throw .missing("route")
        }
    }
}
