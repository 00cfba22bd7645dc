// Owns RunPod's older API: one address, queries and mutations with variables, status 200 also for what failed.
// Never builds a query from a value.

import CAISystem
import FoundationEssentials

/// `RunPodAPI` over GraphQL.
struct RunPodGraphQL: RunPodAPI {
    let transport: RunPodTransport
    private var settings: RunPodSettings { transport.settings }

    init(_ transport: RunPodTransport) { self.transport = transport }

    /// What is read of a pod; not its environment.
    private static let fields = """
        id name desiredStatus costPerHr gpuCount volumeInGb machine { gpuDisplayName } \
        runtime { uptimeInSeconds ports { ip isIpPublic privatePort publicPort type } gpus { gpuUtilPercent } }
        """

    func pod(_ id: String) async throws(GPUError) -> RunPodPod {
        let what = "read the pod \(id)"
        let data = try await transport.graphQL(
            "query pod($podId: String!) { pod(input: {podId: $podId}) { \(Self.fields) } }",
            ["podId": .string(try transport.checked(id, what))], to: what)
        guard let reply = data["pod"] else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey)
                .make(.missing, "there is no such pod in this account", "")
        }
        guard let pod = RunPodPod(graphQL: reply, settings: settings), pod.id == id else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey).nonsense("no such pod in it")
        }
        return pod
    }

    func pods() async throws(GPUError) -> [RunPodPod] {
        let what = "list the pods"
        let data = try await transport.graphQL("query pods { myself { pods { \(Self.fields) } } }", to: what)
        guard let list = data["myself"]?["pods"] else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey).nonsense("no list of pods")
        }
        return list.list.compactMap { RunPodPod(graphQL: $0, settings: settings) }
    }

    func create(_ spec: RunPodSpec) async throws(GPUError) -> RunPodPod {
        let what = "make a pod with \(spec.gpu)"
        let data = try await transport.graphQL(
            """
            mutation create($input: PodFindAndDeployOnDemandInput!) \
            { podFindAndDeployOnDemand(input: $input) { \(Self.fields) } }
            """,
            ["input": Self.input(spec)], isChange: true, to: what)
        guard let pod = data["podFindAndDeployOnDemand"].flatMap({ RunPodPod(graphQL: $0, settings: settings) }) else {
            throw RunPodRefusal(what: what, isChange: true, key: settings.apiKey).nonsense("no pod in it")
        }
        return pod
    }

    func start(_ id: String) async throws(GPUError) {
        let what = "start the pod \(id)"
        let data = try await transport.graphQL(
            "query pod($podId: String!) { pod(input: {podId: $podId}) { id gpuCount } }",
            ["podId": .string(try transport.checked(id, what))], to: what)
        try await act(
            "start", id,
            """
            mutation resume($podId: String!, $gpuCount: Int!) \
            { podResume(input: {podId: $podId, gpuCount: $gpuCount}) { id desiredStatus } }
            """, ["gpuCount": .int(max(1, data["pod"]?["gpuCount"]?.count ?? 1))])
    }

    func stop(_ id: String) async throws(GPUError) {
        try await act(
            "stop", id, "mutation stop($podId: String!) { podStop(input: {podId: $podId}) { id desiredStatus } }")
    }

    func terminate(_ id: String) async throws(GPUError) {
        try await act(
            "delete", id, "mutation terminate($podId: String!) { podTerminate(input: {podId: $podId}) }")
    }

    func gpuTypes() async throws(GPUError) -> [RunPodGPU] {
        let data = try await transport.graphQL(
            "query gpuTypes { gpuTypes { id displayName secureCloud securePrice } }", to: "read the catalog of GPUs")
        return (data["gpuTypes"]?.list ?? []).compactMap { gpu in
            guard let id = gpu["id"]?.text else { return nil }
            let isOffered = gpu["secureCloud"]?.isTrue ?? true
            return RunPodGPU(
                id: id, name: gpu["displayName"]?.text ?? id, usdPerHour: isOffered ? gpu["securePrice"]?.amount : nil)
        }
    }

    func volume(_ id: String) async throws(GPUError) -> RunPodVolume {
        let what = "read the network volume \(id)"
        let data = try await transport.graphQL(
            "query volumes { myself { networkVolumes { id size dataCenterId } } }", to: what)
        let found = data["myself"]?["networkVolumes"]?.list.first { $0["id"]?.text == id }
        guard let size = found?["size"]?.count, let dataCenter = found?["dataCenterId"]?.id else {
            throw RunPodRefusal(what: what, isChange: false, key: settings.apiKey)
                .make(.missing, "there is no such network volume in this account", "")
        }
        return RunPodVolume(id: id, sizeGB: size, dataCenter: dataCenter)
    }

    func balance() async throws(GPUError) -> Double? { try await Self.balance(transport) }

    /// REST v2 has nothing of the kind, so this serves both.
    /// - Returns: nil where the base has no GraphQL (any more).
    static func balance(_ transport: RunPodTransport) async throws(GPUError) -> Double? {
        do throws(GPUError) {
            let data = try await transport.graphQL("query balance { myself { clientBalance } }", to: "read the balance")
            return data["myself"]?["clientBalance"]?.json.doubleValue
        } catch  where error.code == .missing { return nil }
    }

    func billing(from: Date, to: Date) async throws(GPUError) -> [RunPodCharge] {
        try await RunPodV2.billing(transport, from: from, to: to)
    }

    private func act(
        _ verb: String, _ id: String, _ mutation: String, _ more: [String: JSONValue] = [:]
    ) async throws(GPUError) {
        let what = "\(verb) the pod \(id)"
        var variables = more
        variables["podId"] = .string(try transport.checked(id, what))
        _ = try await transport.graphQL(mutation, variables, isChange: true, to: what)
    }

    /// `dockerArgs` is left out: an empty text would keep the image from starting its sshd.
    static func input(_ spec: RunPodSpec) -> JSONValue {
        var input: [String: JSONValue] = [
            "name": .string(spec.name), "imageName": .string(spec.image), "cloudType": .string("SECURE"),
            "gpuTypeId": .string(spec.gpu), "gpuCount": .int(1), "containerDiskInGb": .int(RunPodSpec.containerDiskGB),
            "volumeMountPath": .string(RunPodSpec.mountPath), "ports": .string(RunPodSpec.ports.joined(separator: ",")),
            "startSsh": .bool(true),
        ]
        if let volume = spec.networkVolume {
            input["networkVolumeId"] = .string(volume.id)
            input["dataCenterId"] = .string(volume.dataCenter)
            input["volumeInGb"] = .int(0)
        } else {
            input["volumeInGb"] = .int(spec.volumeGB)
        }
        return .object(input)
    }
}
