// Owns what is known of one pod, whichever API it was read through.
// Never holds its environment: that is full of secrets, and nobody here needs it.

import CAISystem

/// One look at a pod.
struct RunPodPod: Sendable, Equatable {
    var id: String
    var name: String
    var status: MachineStatus
    /// What the GPU costs while it is ours, in USD per hour: the actual rate.
    var usdPerHour = 0.0
    /// sshd by direct TCP; nil while there is none.
    var endpoint: SSHEndpoint?
    /// Percent, the busiest.
    var gpuPercent: Double?
    /// Seconds.
    var uptime: Double?
    var gpu: String?
    /// Gigabytes of the volume on its host; nil where the API does not say.
    var volumeGB: Int?
    /// What the API says it would do now; nil where it does not say.
    var actions: [String]?
    /// Whether it was locked in the console, which prevents a stop.
    var isLocked = false
}

extension RunPodPod {
    /// A pod as REST v2 describes it; nil where there is not even an id.
    init?(v2 reply: RunPodReply, settings: RunPodSettings) {
        guard let id = reply["id"]?.id else { return nil }
        let status = MachineStatus(v2: reply["status"]?.text ?? "", key: settings.apiKey)
        self.init(id: id, name: reply["name"]?.text ?? "", status: status)
        let runtime = reply["runtime"]
        if status == .running {
            let direct = reply["ssh"]?["direct"].map {
                RunPodAddress(host: $0["host"], port: $0["port"], user: $0["username"]?.id)
            }
            let mapped = runtime?["ports"]?.list.first { port in
                port["private"]?.count == 22 && port["type"]?.text == "tcp" && port["public"]?.port != nil
            }.map { RunPodAddress(host: $0["ip"], port: $0["public"], user: nil) }
            endpoint = direct?.endpoint(settings) ?? mapped?.endpoint(settings)
            gpuPercent = Self.busiest(runtime?["gpus"]?.list.map { $0["util"] })
            uptime = runtime?["uptime"]?.amount
        }
        usdPerHour = Self.rate(reply["cost"]?.amount, status)
        gpu = reply["gpu"]?["id"]?.text.map { RunPodWords.clean($0, key: settings.apiKey) }
        volumeGB = reply["mounts"]?["persistent"]?["size"]?.count ?? (reply["mounts"] == nil ? nil : 0)
        actions = reply["actions"].map { $0.texts.compactMap { RunPodReply.isID($0) ? $0 : nil } }
        isLocked = reply["locked"]?.isTrue ?? false
    }

    /// A pod as GraphQL describes it.
    init?(graphQL reply: RunPodReply, settings: RunPodSettings) {
        guard let id = reply["id"]?.id else { return nil }
        let status = MachineStatus(graphQL: reply["desiredStatus"]?.text ?? "", key: settings.apiKey)
        self.init(id: id, name: reply["name"]?.text ?? "", status: status)
        let runtime = reply["runtime"]
        if status == .running {
            endpoint = runtime?["ports"]?.list.first { port in
                port["privatePort"]?.count == 22 && port["type"]?.text == "tcp" && port["isIpPublic"]?.isTrue == true
            }.flatMap { RunPodAddress(host: $0["ip"], port: $0["publicPort"], user: nil).endpoint(settings) }
            gpuPercent = Self.busiest(runtime?["gpus"]?.list.map { $0["gpuUtilPercent"] })
            uptime = runtime?["uptimeInSeconds"]?.amount
        }
        usdPerHour = Self.rate(reply["costPerHr"]?.amount, status)
        gpu = reply["machine"]?["gpuDisplayName"]?.text.map { RunPodWords.clean($0, key: settings.apiKey) }
        volumeGB = reply["volumeInGb"]?.count
    }

    private static func busiest(_ shares: [RunPodReply?]?) -> Double? {
        shares?.compactMap { $0?.amount }.filter { $0 <= 100 }.max()
    }

    /// A stopped pod's GPU costs nothing, whatever the API still shows.
    private static func rate(_ said: Double?, _ status: MachineStatus) -> Double {
        status == .stopped || status == .missing ? 0 : said ?? 0
    }
}

extension MachineStatus {
    init(v2 word: String, key: APIKey) {
        self =
            switch word {
            case "PROVISIONING", "STARTING": .preparing
            case "RUNNING": .running
            case "EXITED": .stopped
            case "ERROR": .failed
            case "TERMINATED": .missing
            default: .unknown(RunPodWords.clean(word, key: key))
            }
    }

    init(graphQL word: String, key: APIKey) {
        self =
            switch word {
            case "CREATED", "RESTARTING": .preparing
            case "RUNNING": .running
            case "EXITED", "PAUSED": .stopped
            case "DEAD": .failed
            case "TERMINATED": .missing
            default: .unknown(RunPodWords.clean(word, key: key))
            }
    }
}
