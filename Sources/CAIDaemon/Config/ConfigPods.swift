// Owns what the configuration says of pods on other machines: a host of one's own over SSH, or one rented at RunPod.
// Never reads a key, and never looks whether a host is there.

import CAIGPU
import CAIYAML
import SystemPackage

/// `pod` of cai.yaml with its defaults. Paths may begin with `~/`: here that is our `$HOME`, in a `workdir` the pod's own.
struct PodConfig: Sendable, Equatable {
    struct SSH: Sendable, Equatable {
        var host = ""
        var port = 22
        var user = "root"
        var key = PodConfig.key
        var workdir = "/workspace/cai"
        var usdPerHour = 0.0
        var knownHosts = "~/.ssh/known_hosts"
        var pinOnFirstUse = false
    }
    struct RunPod: Sendable, Equatable {
        var api = RunPodSettings.API.v2
        var baseURL = RunPodSettings.defaultBaseURL
        /// A pod that is there; nil to have one made.
        var pod: String?
        var networkVolume: String?
        var gpus = ["NVIDIA H100 80GB HBM3"]
        var image = "runpod/pytorch:2.8.0-py3.11-cuda12.8.1-cudnn-devel-ubuntu22.04"
        var volumeGB = 200
        var maxUSDPerHour = 2.69
        var key = PodConfig.key
        var workdir = "/workspace/cai"
        var unpulledMaxUSD = 5.0
    }
    /// Whom a pod lets in, where nothing else is said: the key that `ssh-keygen -t ed25519` makes.
    static let key = "~/.ssh/id_ed25519"

    var provider = ConfigFile.Provider.local
    var ssh = SSH()
    var runPod = RunPod()
    /// Seconds.
    var idleStop = 600.0
    /// Seconds without word from us after which a pod stops itself: an idle one, and a busy one after a checkpoint.
    var deadMan = 2700.0
    var deadManMax = 7200.0

    /// - Parameter complain: told the path of a key and what is wrong with its value.
    mutating func take(_ raw: ConfigFile.Pod, _ complain: ([String], String) -> Void) {
        provider = raw.provider ?? provider
        idleStop = raw.idle_stop?.seconds ?? idleStop
        deadMan = raw.dead_man?.seconds ?? deadMan
        deadManMax = raw.dead_man_max?.seconds ?? max(deadManMax, deadMan)
        if let raw = raw.ssh { take(raw, complain) }
        if let raw = raw.runpod { take(raw, complain) }
        if provider == .ssh, ssh.host.isEmpty {
            complain(["pod", "provider"], "provider ssh needs pod.ssh.host: the machine's name or address")
        }
        if idleStop < 1 { complain(["pod", "idle_stop"], "must be at least 1s") }
        if deadMan < 1 { complain(["pod", "dead_man"], "must be at least 1s") }
        if deadManMax < deadMan { complain(["pod", "dead_man_max"], "must not be shorter than dead_man") }
    }

    private mutating func take(_ raw: ConfigFile.SSH, _ complain: ([String], String) -> Void) {
        func check(_ isGood: Bool, _ key: String, _ message: String) {
            if !isGood { complain(["pod", "ssh", key], message) }
        }
        ssh.host = raw.host ?? ssh.host
        ssh.port = raw.port ?? ssh.port
        ssh.user = raw.user ?? ssh.user
        ssh.key = raw.key ?? ssh.key
        ssh.workdir = raw.workdir ?? ssh.workdir
        ssh.usdPerHour = raw.rate_usd_per_hour ?? ssh.usdPerHour
        ssh.knownHosts = raw.known_hosts ?? ssh.knownHosts
        ssh.pinOnFirstUse = raw.pin_on_first_use ?? ssh.pinOnFirstUse
        check(raw.host != "", "host", "must not be empty")
        check((1...65535).contains(ssh.port), "port", "must lie between 1 and 65535")
        check(!ssh.user.isEmpty, "user", "must not be empty")
        check(Self.isPlace(ssh.workdir), "workdir", "must be a path on the pod that begins with / or ~/")
        check(ssh.usdPerHour >= 0 && ssh.usdPerHour.isFinite, "rate_usd_per_hour", "must be a number, not negative")
    }

    private mutating func take(_ raw: ConfigFile.RunPod, _ complain: ([String], String) -> Void) {
        func check(_ isGood: Bool, _ key: String, _ message: String) {
            if !isGood { complain(["pod", "runpod", key], message) }
        }
        if let api = raw.api {
            if let known = RunPodSettings.API(rawValue: api) {
                runPod.api = known
            } else {
                check(false, "api", "'\(api)' is no API of RunPod that caid speaks; there are: v2, graphql")
            }
        }
        runPod.baseURL = raw.base_url ?? runPod.baseURL
        runPod.pod = raw.pod ?? runPod.pod
        runPod.networkVolume = raw.network_volume ?? runPod.networkVolume
        runPod.gpus = raw.gpus?.values ?? runPod.gpus
        runPod.image = raw.image ?? runPod.image
        runPod.volumeGB = raw.volume_gb ?? runPod.volumeGB
        runPod.maxUSDPerHour = raw.max_usd_per_hour ?? runPod.maxUSDPerHour
        runPod.key = raw.key ?? runPod.key
        runPod.workdir = raw.workdir ?? runPod.workdir
        runPod.unpulledMaxUSD = raw.unpulled_max_usd ?? runPod.unpulledMaxUSD
        let isHTTP = ["https://", "http://"].contains { runPod.baseURL.hasPrefix($0) }
        check(isHTTP, "base_url", "must begin with https://")
        check(!runPod.gpus.isEmpty, "gpus", "must name at least one GPU")
        check(runPod.volumeGB >= 10, "volume_gb", "must be at least 10: RunPod makes no smaller volume")
        check(
            runPod.maxUSDPerHour > 0 && runPod.maxUSDPerHour.isFinite, "max_usd_per_hour", "must be a number above 0")
        check(Self.isPlace(runPod.workdir), "workdir", "must be a path on the pod that begins with / or ~/")
        check(
            runPod.unpulledMaxUSD >= 0 && runPod.unpulledMaxUSD.isFinite, "unpulled_max_usd",
            "must be a number, not negative")
    }

    private static func isPlace(_ path: String) -> Bool {
        (path.hasPrefix("/") || path.hasPrefix("~/"))
            && !FilePath(path).components.contains { $0.kind == .parentDirectory }
    }
}
