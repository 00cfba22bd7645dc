// Owns how a pod is shown by REST.
// Never shows the pod's own key.

import CAISystem
import FoundationEssentials

extension PodRecord {
    /// Whether its `runtime` is shown.
    func showsRuntime(at now: Double) -> Bool { status == .running && now >= delays.runtime }

    /// The public port its sshd answers on, where it is shown.
    func shownPort(at now: Double) -> Int? {
        showsRuntime(at: now) && now >= delays.ports && order.ports.contains("22/tcp") ? sshd?.port : nil
    }

    /// Whole real seconds since it was started.
    func uptime(at now: Double) -> Int { status == .running ? startedAt.map { Int(now - $0) } ?? 0 : 0 }

    /// As the contract's `Pod`.
    func reply(at now: Double) -> JSONValue {
        let port = shownPort(at: now)
        return .object([
            "id": .string(id), "name": .string(order.name), "image": .string(order.image),
            "args": .string(order.args ?? ""), "disk": .int(order.disk), "ports": .texts(order.ports),
            "env": .object(order.env.mapValues { .string($0) }), "registry": .text(order.registry),
            "status": .string(status.rawValue), "actions": .texts(actions),
            "mounts": order.mount?.reply ?? .object([:]),
            "gpu": .object(["id": .string(order.gpu), "count": .int(order.gpuCount)]), "cloud": .string(order.cloud),
            "dataCenterId": .string(order.dataCenter ?? DataCenter.first), "cudaVersion": .string("12.8"),
            "ssh": .object([
                "proxy": endpoint(host: "ssh.runpod.io", port: 22, user: "\(id)-64411eb2"),
                "direct": port.map { endpoint(host: Sshd.host, port: $0, user: Sshd.user) } ?? .null,
            ]),
            "template": .null, "cost": .double(status.isUp ? price : 0), "locked": .bool(locked),
            "globalNetworking": .object(["enabled": .bool(false)]), "runtime": runtime(at: now, port: port),
            "createdAt": .string(Self.instant(createdAt)), "startedAt": .text(startedAt.map(Self.instant)),
        ])
    }

    static func instant(_ seconds: Double) -> String { Date(timeIntervalSince1970: seconds).instantText }

    private func endpoint(host: String, port: Int, user: String) -> JSONValue {
        let command = "ssh \(user)@\(host)" + (port == 22 ? "" : " -p \(port)")
        return .object([
            "host": .string(host), "port": .int(port), "username": .string(user), "command": .string(command),
        ])
    }

    private func runtime(at now: Double, port: Int?) -> JSONValue {
        guard showsRuntime(at: now) else { return .null }
        let mapped: [JSONValue] =
            port.map {
                [
                    .object([
                        "private": .int(22), "public": .int($0), "type": .string("tcp"), "ip": .string(Sshd.host),
                    ])
                ]
            } ?? []
        return .object([
            "uptime": .int(uptime(at: now)),
            "gpus": .array(Array(repeating: .object(["util": .int(0), "memoryUtil": .int(0)]), count: order.gpuCount)),
            "cpu": .object(["util": .int(0)]), "memory": .object(["util": .int(0)]), "ports": .array(mapped),
        ])
    }
}

extension PodOrder.Mount {
    var reply: JSONValue {
        switch self {
        case .persistent(let size, let path):
            .object(["persistent": .object(["size": .int(size), "path": .string(path)])])
        case .network(let volume, let path):
            .object(["network": .array([.object(["volumeId": .string(volume), "path": .string(path)])])])
        }
    }
}

enum DataCenter {
    static let first = "US-KS-2"
}
