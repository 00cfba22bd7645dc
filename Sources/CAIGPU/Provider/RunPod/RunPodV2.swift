// Owns RunPod's REST v2: its paths, bodies and answers.
// Never asks for less than its contract says, and asks for the account's balance elsewhere, which v2 does not know.

import CAISystem
import FoundationEssentials

/// `RunPodAPI` over REST v2.
struct RunPodV2: RunPodAPI {
    let transport: RunPodTransport
    private var settings: RunPodSettings { transport.settings }

    init(_ transport: RunPodTransport) { self.transport = transport }

    func pod(_ id: String) async throws(GPUError) -> RunPodPod {
        let what = "read the pod \(id)"
        let reply = try await transport.rest("/v2/pods/\(transport.checked(id, what))", to: what)
        guard let pod = RunPodPod(v2: reply, settings: settings), pod.id == id else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey).nonsense("no such pod in it")
        }
        return pod
    }

    func pods() async throws(GPUError) -> [RunPodPod] {
        let what = "list the pods"
        let reply = try await transport.rest("/v2/pods", to: what)
        guard let list = reply["pods"] else {
            // An empty list would say that there are none.
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey).nonsense("no list of pods")
        }
        return list.list.compactMap { RunPodPod(v2: $0, settings: settings) }
    }

    func create(_ spec: RunPodSpec) async throws(GPUError) -> RunPodPod {
        let what = "make a pod with \(spec.gpu)"
        let reply = try await transport.rest("/v2/pods", method: .post, body: Self.body(spec), to: what)
        guard let pod = RunPodPod(v2: reply, settings: settings) else {
            throw RunPodRefusal(what: what, isChange: true, key: settings.apiKey).nonsense("no pod in it")
        }
        return pod
    }

    func start(_ id: String) async throws(GPUError) { try await act("start", id) }
    func stop(_ id: String) async throws(GPUError) { try await act("stop", id) }

    func terminate(_ id: String) async throws(GPUError) {
        let what = "delete the pod \(id)"
        _ = try await transport.rest("/v2/pods/\(transport.checked(id, what))", method: .delete, to: what)
    }

    func gpuTypes() async throws(GPUError) -> [RunPodGPU] {
        let reply = try await transport.rest("/v2/catalog/gpus", to: "read the catalog of GPUs")
        return (reply["gpus"]?.list ?? []).compactMap { gpu in
            guard let id = gpu["id"]?.text else { return nil }
            let isOffered = gpu["secure"]?.isTrue ?? true
            return RunPodGPU(
                id: id, name: gpu["name"]?.text ?? id, usdPerHour: isOffered ? gpu["price"]?["secure"]?.amount : nil)
        }
    }

    func volume(_ id: String) async throws(GPUError) -> RunPodVolume {
        let what = "read the network volume \(id)"
        let reply = try await transport.rest("/v2/network-volumes/\(transport.checked(id, what))", to: what)
        guard let size = reply["size"]?.count, let dataCenter = reply["dataCenter"]?.id else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey).nonsense("no size or no data center")
        }
        return RunPodVolume(id: id, sizeGB: size, dataCenter: dataCenter)
    }

    func balance() async throws(GPUError) -> Double? { try await RunPodGraphQL.balance(transport) }

    func billing(from: Date, to: Date) async throws(GPUError) -> [RunPodCharge] {
        try await Self.billing(transport, from: from, to: to)
    }

    /// GraphQL has nothing of the kind, so this serves both.
    static func billing(
        _ transport: RunPodTransport, from: Date, to: Date
    ) async throws(GPUError) -> [RunPodCharge] {
        let what = "read the account's charges"
        let query = [("startTime", from.instantText), ("endTime", to.instantText), ("bucketSize", "hour")]
        let reply = try await transport.rest("/v2/billing/pods", query: query, to: what)
        guard let records = reply["records"] else {
            throw RunPodRefusal(what: what, isChange: false, key: transport.settings.apiKey).nonsense("no records")
        }
        return records.list.compactMap { record in
            guard let pod = record["podId"]?.id, let usd = record["totalAmount"]?.amount,
                let from = record["startTime"]?.text.flatMap(Date.init(instantText:)),
                let to = record["endTime"]?.text.flatMap(Date.init(instantText:))
            else { return nil }
            return RunPodCharge(pod: pod, from: from, to: to, usd: usd, diskUSD: record["diskAmount"]?.amount ?? 0)
        }
    }

    private func act(_ action: String, _ id: String) async throws(GPUError) {
        let what = "\(action) the pod \(id)"
        _ = try await transport.rest(
            "/v2/pods/\(transport.checked(id, what))/action", method: .post, body: .object(["action": .string(action)]),
            to: what)
    }

    /// `args` is left out: an empty text would keep the image from starting its sshd.
    static func body(_ spec: RunPodSpec) -> JSONValue {
        var body: [String: JSONValue] = [
            "name": .string(spec.name), "image": .string(spec.image), "cloud": .string("SECURE"),
            "gpu": .object(["id": .string(spec.gpu), "count": .int(1)]), "disk": .int(RunPodSpec.containerDiskGB),
            "ports": .array(RunPodSpec.ports.map(JSONValue.string)), "startSsh": .bool(true),
        ]
        let path = JSONValue.string(RunPodSpec.mountPath)
        if let volume = spec.networkVolume {
            body["mounts"] = .object(["network": .array([.object(["volumeId": .string(volume.id), "path": path])])])
            body["dataCenterIds"] = .array([.string(volume.dataCenter)])
        } else {
            body["mounts"] = .object(["persistent": .object(["size": .int(spec.volumeGB), "path": path])])
        }
        return .object(body)
    }
}
