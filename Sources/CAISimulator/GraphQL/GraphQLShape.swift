// Owns how pods and the account are shown by GraphQL, and the picking of what was asked for.
// Never shows a field that was not asked for.

import CAISystem

extension GraphQLField {
    /// What this field's selection leaves of a value; a field the type does not have is an error, as it is in GraphQL.
    /// - Parameter type: the name of the value's type, for the message.
    func pick(from value: JSONValue, type: String) throws(Problem) -> JSONValue {
        switch value {
        case .array(let items):
            var picked: [JSONValue] = []
            for item in items { picked.append(try pick(from: item, type: type)) }
            return .array(picked)
        case .object(let members):
            guard !selection.isEmpty else {
                throw .bad("Field \"\(name)\" of type \"\(type)\" must have a selection of subfields.")
            }
            var picked: [String: JSONValue] = [:]
            for field in selection {
                guard let member = members[field.name] else {
                    if field.name == "__typename" {
                        picked[field.alias] = .string(type)
                        continue
                    }
                    throw .bad("Cannot query field \"\(field.name)\" on type \"\(type)\".")
                }
                picked[field.alias] = try field.pick(from: member, type: field.name)
            }
            return .object(picked)
        default: return value
        }
    }
}

extension PodRecord {
    /// As GraphQL's `Pod`, whole.
    func graph(at now: Double) -> JSONValue {
        let type = GPUType.named(order.gpu)
        var mountPath = "/workspace"
        switch order.mount {
        case .persistent(_, let path)?, .network(_, let path)?: mountPath = path
        case nil: break
        }
        return .object([
            "id": .string(id), "name": .string(order.name), "imageName": .string(order.image),
            "dockerArgs": .string(order.args ?? ""), "desiredStatus": .string(desiredStatus),
            "costPerHr": .double(price), "gpuCount": .int(order.gpuCount), "machineId": .string("sim-machine"),
            "podType": .string("RESERVED"), "uptimeSeconds": .int(uptime(at: now)),
            "containerDiskInGb": .int(order.disk), "volumeInGb": .int(volumeGigabytes),
            "volumeMountPath": .string(mountPath), "ports": .string(order.ports.joined(separator: ",")),
            "env": .texts(order.env.map { "\($0.key)=\($0.value)" }.sorted()), "locked": .bool(locked),
            "networkVolumeId": .text(networkVolume), "templateId": .null,
            "createdAt": .string(Self.instant(createdAt)), "lastStartedAt": .text(startedAt.map(Self.instant)),
            "lastStatusChange": .string("Status changed to \(status.rawValue) at \(Self.instant(statusChangedAt))"),
            "machine": .object([
                "gpuDisplayName": .text(type?.name), "gpuTypeId": .string(order.gpu),
                "podHostId": .string("\(id)-64411eb2"), "dataCenterId": .string(order.dataCenter ?? DataCenter.first),
                "costPerHr": .double(price), "secureCloud": .bool(order.cloud == "SECURE"),
            ]),
            "runtime": graphRuntime(at: now),
        ])
    }

    /// What somebody asked for, which is not yet what is.
    private var desiredStatus: String {
        switch status {
        case .error: "DEAD"
        case .exited, .terminated: "EXITED"
        default: isStopping ? "EXITED" : "RUNNING"
        }
    }

    private func graphRuntime(at now: Double) -> JSONValue {
        guard showsRuntime(at: now) else { return .null }
        let ports: JSONValue =
            shownPort(at: now).map {
                .array([
                    .object([
                        "ip": .string(Sshd.host), "isIpPublic": .bool(true), "privatePort": .int(22),
                        "publicPort": .int($0),
                        "type": .string("tcp"),
                    ])
                ])
            } ?? .null
        let gpu: JSONValue = .object([
            "id": .string("GPU-0"), "gpuUtilPercent": .int(0), "memoryUtilPercent": .int(0),
        ])
        return .object([
            "uptimeInSeconds": .int(uptime(at: now)), "ports": ports,
            "gpus": .array(Array(repeating: gpu, count: order.gpuCount)),
            "container": .object(["cpuPercent": .int(0), "memoryPercent": .int(0)]),
        ])
    }
}

extension GPUType {
    func graph(isFree: Bool) -> JSONValue {
        .object([
            "id": .string(id), "displayName": .string(name), "memoryInGb": .int(memory), "secureCloud": .bool(true),
            "communityCloud": .bool(true), "securePrice": .double(secure), "communityPrice": .double(community),
            "lowestPrice": .object([
                "uninterruptablePrice": .double(min(secure, community)), "minimumBidPrice": .null,
                "stockStatus": isFree ? .string("High") : .null,
            ]),
        ])
    }
}

extension Cloud {
    /// As GraphQL's `User`, whole.
    var graph: JSONValue {
        .object([
            "id": .string("user_simulated"), "pods": .array(state.pods.map { $0.graph(at: now) }),
            "clientBalance": .double(balance), "currentSpendPerHr": .double(spendPerHour), "spendLimit": .int(80),
            "pubKey": .string(state.sshKeys.joined(separator: "\n")),
            "networkVolumes": .array(
                state.volumes.map {
                    .object([
                        "id": .string($0.id), "name": .string($0.name), "size": .int($0.size),
                        "dataCenterId": .string($0.dataCenter),
                    ])
                }),
        ])
    }

    func gpuTypes(id: String?) -> JSONValue {
        .array(
            GPUType.all.filter { id == nil || $0.id == id }.map {
                $0.graph(isFree: !trouble.isExhausted(gpu: $0.id, at: now))
            })
    }
}
