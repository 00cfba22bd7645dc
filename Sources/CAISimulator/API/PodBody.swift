// Owns the bodies of create and update as the contract has them.
// Never carries them out.

import CAISystem

/// The members that create and update share.
struct PodBody {
    var name: String?
    var image: String?
    var args: String?
    var disk: Int?
    var ports: [String]?
    var env: [String: String]?
    /// Outer nil: not said.
    var registry: String??
    var persistent: PodOrder.Mount?
    var network: [PodOrder.Mount]?
    var globalNetworking: Bool?
    private var templateId: String?

    init(_ body: inout RequestBody) {
        name = body.string("name", atLeast: 1)
        image = body.string("image")
        args = body.string("args")
        disk = body.int("disk", 1...(.max))
        ports = body.strings("ports")
        env = body.map("env")
        registry = body.nullableString("registry")
        globalNetworking = body.bool("globalNetworking")
        templateId = body.string("templateId")
        let mounts = body.object("mounts") { mounts -> ([PodOrder.Mount]?, PodOrder.Mount?) in
            let persistent: PodOrder.Mount? = mounts.object("persistent") { mount in
                for name in ["size", "path"] { mount.require(name) }
                guard let size = mount.int("size", 10...(.max)), let path = mount.string("path") else { return nil }
                return .persistent(size: size, path: path)
            }
            let network: [PodOrder.Mount]? = mounts.objects("network") { mount in
                for name in ["volumeId", "path"] { mount.require(name) }
                guard let volume = mount.string("volumeId"), let path = mount.string("path") else { return nil }
                return .network(volume: volume, path: path)
            }
            if (network?.count ?? 0) > 1 { mounts.complain("network", "must have at most 1 item") }
            return (network, persistent)
        }
        (network, persistent) = (mounts?.0, mounts?.1)
    }

    /// - Throws: what the contract says of mounts that cannot be, and of templates, of which there are none here.
    func mount() throws(Problem) -> PodOrder.Mount? {
        if templateId != nil { throw .missing("template") }
        if persistent != nil, network != nil {
            throw .bad("mounts.persistent and mounts.network are mutually exclusive")
        }
        if network?.isEmpty == true { throw .bad("mounts.network must not be empty") }
        return persistent ?? network?.first
    }
}

extension PodOrder {
    /// - Throws: 422 where the body does not match the contract, 400 where it breaks a rule across members.
    init(create bytes: [UInt8]) throws(Problem) {
        var body = try RequestBody(bytes)
        body.require("name")
        if !body.has("templateId") { body.require("image") }
        let shared = PodBody(&body)
        if body.has("templateId"), body.string("templateId") == "" { body.complain("templateId", "must not be empty") }
        let cloud = body.word("cloud", of: ["SECURE", "COMMUNITY"])
        let centers = body.strings("dataCenterIds")
        _ = body.bool("startJupyter")
        let startSSH = body.bool("startSsh")
        let hasCPU = body.has("cpu")
        _ = body.object("cpu") { cpu in
            for name in ["id", "vcpuCount"] { cpu.require(name) }
            _ = cpu.string("id", atLeast: 1)
            return cpu.int("vcpuCount", 2...(.max))
        }
        let gpu = body.object("gpu") { gpu -> (id: String, count: Int, both: Bool)? in
            gpu.require("id")
            let (id, count) = (gpu.string("id"), gpu.int("count", 1...(.max)))
            let allowed = gpu.strings("allowedCudaVersions")
            for version in allowed ?? [] where !Self.isVersion(version) {
                gpu.complain("allowedCudaVersions", "'\(version)' is not major.minor")
            }
            let least = gpu.string("minCudaVersion")
            if let least, !Self.isVersion(least) { gpu.complain("minCudaVersion", "'\(least)' is not major.minor") }
            return id.map { ($0, count ?? 1, least != nil && allowed?.isEmpty == false) }
        }
        try body.finish()
        if hasCPU { throw .bad(gpu == nil ? "this simulator has no CPU pods" : "gpu and cpu are mutually exclusive") }
        guard let gpu else { throw .bad("exactly one of gpu or cpu must be set") }
        if gpu.both { throw .bad("gpu.allowedCudaVersions and gpu.minCudaVersion are mutually exclusive") }
        let mount = try shared.mount()
        guard let name = shared.name, let image = shared.image else { throw .bad("name and image are required") }
        self.init(
            name: name, image: image, args: shared.args, disk: shared.disk ?? 50, ports: shared.ports ?? [],
            env: shared.env ?? [:], registry: shared.registry ?? nil, gpu: gpu.id, gpuCount: gpu.count,
            cloud: cloud ?? "SECURE", dataCenter: centers?.first, mount: mount, startSSH: startSSH ?? false)
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }
}

/// What an update changes.
struct PodChange {
    private let body: PodBody
    private let mount: PodOrder.Mount?
    private let locked: Bool?

    init(update bytes: [UInt8]) throws(Problem) {
        var members = try RequestBody(bytes)
        body = PodBody(&members)
        locked = members.bool("locked")
        try members.finish()
        mount = try body.mount()
    }

    /// - Throws: 400 where it names another kind of mount, or another volume, than the pod has.
    func check(against pod: PodRecord) throws(Problem) {
        switch (mount, pod.order.mount) {
        case (nil, _), (.persistent, .persistent): return
        case (.network(let new, _), .network(let old, _)) where new == old: return
        default: throw .bad("the kind of a mount, and its volume, are fixed at create")
        }
    }

    func apply(to pod: inout PodRecord) {
        pod.order.name = body.name ?? pod.order.name
        pod.order.image = body.image ?? pod.order.image
        pod.order.args = body.args ?? pod.order.args
        pod.order.disk = body.disk ?? pod.order.disk
        pod.order.ports = body.ports ?? pod.order.ports
        pod.order.env = body.env ?? pod.order.env
        if let registry = body.registry { pod.order.registry = registry }
        pod.order.mount = mount ?? pod.order.mount
        pod.locked = locked ?? pod.locked
        pod.globalNetworking = body.globalNetworking ?? pod.globalNetworking
    }
}
