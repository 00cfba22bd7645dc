// Owns the input of `podFindAndDeployOnDemand`.
// Never carries it out.

import CAISystem

extension PodOrder {
    /// - Throws: 400 naming the first member that is unknown, missing or of another shape.
    init(graph input: JSONValue?) throws(Problem) {
        let type = "PodFindAndDeployOnDemandInput"
        guard case .object(let members)? = input else {
            throw .bad("Argument \"input\" of type \"\(type)\" is required.")
        }
        let known: Set = [
            "cloudType", "gpuCount", "gpuTypeId", "name", "imageName", "dockerArgs", "ports", "volumeInGb",
            "containerDiskInGb", "volumeMountPath", "env", "networkVolumeId", "dataCenterId", "startSsh",
            "startJupyter",
            "minVcpuCount", "minMemoryInGb", "supportPublicIp", "countryCode", "stopAfter", "terminateAfter",
            "allowedCudaVersions", "containerRegistryAuthId",
        ]
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw .bad("Field \"\(unknown)\" is not defined by type \"\(type)\".")
        }
        func text(_ name: String) throws(Problem) -> String? {
            switch members[name] {
            case nil, .null?: nil
            case .string(let value)?: value
            case let other?: throw Self.wrong(name, other, type)
            }
        }
        func whole(_ name: String, or standard: Int) throws(Problem) -> Int {
            switch members[name] {
            case nil, .null?: standard
            case .int(let value)? where value >= 0: value
            case let other?: throw Self.wrong(name, other, type)
            }
        }
        guard let gpu = try text("gpuTypeId"), let image = try text("imageName") else {
            throw .bad("Field \"gpuTypeId\" and field \"imageName\" of type \"\(type)\" are required.")
        }
        let path = try text("volumeMountPath") ?? "/workspace"
        let size = try whole("volumeInGb", or: 0)
        let volume = try text("networkVolumeId")
        self.init(
            name: try text("name") ?? "pod", image: image, args: try text("dockerArgs"),
            disk: try whole("containerDiskInGb", or: 50),
            ports: (try text("ports") ?? "").split(separator: ",").map { $0.filter { $0 != " " } },
            env: try Self.environment(members["env"]), registry: try text("containerRegistryAuthId"), gpu: gpu,
            gpuCount: max(1, try whole("gpuCount", or: 1)),
            cloud: try text("cloudType") == "COMMUNITY" ? "COMMUNITY" : "SECURE", dataCenter: try text("dataCenterId"),
            mount: volume.map { .network(volume: $0, path: path) }
                ?? (size > 0 ? .persistent(size: size, path: path) : nil),
            startSSH: members["startSsh"] != .bool(false))
    }

    private static func environment(_ value: JSONValue?) throws(Problem) -> [String: String] {
        guard let value, value != .null else { return [:] }
        guard case .array(let items) = value else { throw wrong("env", value, "EnvironmentVariableInput") }
        var environment: [String: String] = [:]
        for item in items {
            guard let key = item["key"]?.stringValue, let text = item["value"]?.stringValue else {
                throw wrong("env", item, "EnvironmentVariableInput")
            }
            environment[key] = text
        }
        return environment
    }

    private static func wrong(_ name: String, _ value: JSONValue, _ type: String) -> Problem {
        .bad("Field \"\(name)\" of type \"\(type)\" got an invalid value.")
    }
}
