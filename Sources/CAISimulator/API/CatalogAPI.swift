// Owns the catalog of GPUs as REST shows it.
// Never promises that a create will succeed.

import CAISystem

extension Cloud {
    /// - Parameter id: one GPU type; nil for all.
    func catalog(id: String?, _ query: [String: String]) throws(Problem) -> Reply {
        let included = (query["include"] ?? "").split(separator: ",").map(String.init)
        guard included.allSatisfy({ $0 == "AVAILABILITY" }), included.count <= 1 else {
            throw .invalid(["include: must be AVAILABILITY"])
        }
        let products = (query["product"] ?? "").split(separator: ",").map(String.init)
        guard products.allSatisfy({ ["POD", "CLUSTER", "SERVERLESS"].contains($0) }) else {
            throw .invalid(["product: must be POD, CLUSTER or SERVERLESS"])
        }
        let shows = !included.isEmpty
        guard shows == !products.isEmpty else { throw .bad("include=AVAILABILITY and product need each other") }
        let filters = ["count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"]
        if !shows, let filter = filters.first(where: { query[$0] != nil }) {
            throw .bad("\(filter) is valid only with include=AVAILABILITY")
        }
        if let cloud = query["cloud"], !["SECURE", "COMMUNITY"].contains(cloud) {
            throw .invalid(["cloud: must be SECURE or COMMUNITY"])
        }
        guard let count = Int(query["count"] ?? "1"), count >= 1 else {
            throw .invalid(["count: must be a whole number of at least 1"])
        }
        let now = now
        func reply(_ type: GPUType) -> JSONValue {
            let isFree = count <= type.maxCount && !trouble.isExhausted(gpu: type.id, at: now)
            return type.reply(availability: shows ? (isFree ? "HIGH" : "NONE") : nil)
        }
        guard let id else { return Reply(200, .object(["gpus": .array(GPUType.all.map(reply))])) }
        guard let type = GPUType.named(id) else { throw .missing("GPU type") }
        return Reply(200, reply(type))
    }
}

extension GPUType {
    /// As the contract's `GpuType`.
    func reply(availability: String?) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id), "name": .string(name), "pool": .null, "manufacturer": .string("NVIDIA"),
            "memory": .int(memory), "secure": .bool(true), "community": .bool(true),
            "price": .object(["secure": .double(secure), "community": .double(community)]),
            "maxCount": .object(["secure": .int(maxCount), "community": .int(maxCount)]),
        ]
        if let availability {
            members["availability"] = .string(availability)
            members["cudaVersions"] = .array([
                .object(["version": .string("12.8"), "available": .bool(availability != "NONE")])
            ])
            if availability != "NONE" {
                members["dataCenters"] = .array([
                    .object([
                        "id": .string(DataCenter.first), "name": .string("US Kansas 2"),
                        "availability": .string(availability),
                    ])
                ])
            }
        }
        return .object(members)
    }
}
