// Owns what the configuration says about RunPod: which pod, or which kind of pod, and what it may cost.
// Never holds a default that costs money.

/// How to use RunPod.
public struct RunPodSettings: Sendable {
    public enum API: String, Sendable { case v2, graphql }

    public var api: API
    /// Without a slash at the end; `/v2` and `/graphql` are added.
    public var baseURL: String
    public var apiKey: APIKey
    /// A pod that is there already; where there is none, one is made.
    public var pod: String?
    /// Mounted at `/workspace` instead of a volume on the pod's host.
    public var networkVolume: String?
    /// Models in order of preference, by the catalog's ids ("NVIDIA H100 80GB HBM3") or names ("H100 SXM").
    public var gpus: [String]
    public var image: String
    /// Gigabytes of a new pod's volume at `/workspace`, which survives a stop.
    public var volumeGB: Int
    /// What a new pod's GPU may cost at most, in USD per hour.
    public var maxUSDPerHour: Double
    /// What the names of our pods begin with, different for each workspace: `caid-<hash of the workspace>`.
    public var namePrefix: String
    /// Who logs in over SSH where the provider does not say.
    public var sshUser: String

    public static let defaultBaseURL = "https://api.runpod.io"

    public init(
        api: API = .v2, baseURL: String = RunPodSettings.defaultBaseURL, apiKey: APIKey, pod: String? = nil,
        networkVolume: String? = nil, gpus: [String], image: String, volumeGB: Int, maxUSDPerHour: Double,
        namePrefix: String, sshUser: String = "root"
    ) {
        (self.api, self.apiKey, self.pod, self.networkVolume) = (api, apiKey, pod, networkVolume)
        (self.gpus, self.image, self.volumeGB, self.maxUSDPerHour) = (gpus, image, volumeGB, maxUSDPerHour)
        (self.namePrefix, self.sshUser) = (namePrefix, sshUser)
        // Both are written in RunPod's own pages as the base of the API.
        var base = baseURL[...]
        while base.hasSuffix("/") { base.removeLast() }
        for ending in ["/v2", "/graphql"] where base.hasSuffix(ending) { base.removeLast(ending.count) }
        self.baseURL = String(base)
    }

    /// Whether a name is one that we gave.
    func isOurs(_ name: String) -> Bool { name.hasPrefix(namePrefix + "-") }
}
