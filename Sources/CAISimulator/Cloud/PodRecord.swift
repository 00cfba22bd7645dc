// Owns what is known of one pod, as it is kept in the state file.
// Never starts or stops anything.

import SystemPackage

/// As the API spells them.
enum PodStatus: String, Codable, Sendable {
    case provisioning = "PROVISIONING"
    case starting = "STARTING"
    case running = "RUNNING"
    case exited = "EXITED"
    case error = "ERROR"
    case terminated = "TERMINATED"

    /// Whether a machine is held, and so computing is charged.
    var isUp: Bool { self == .provisioning || self == .starting || self == .running }
}

/// What a create asks for, whichever API it came through.
struct PodOrder: Codable, Sendable {
    var name: String
    var image: String
    /// nil leaves the image's own start script, which is what starts sshd.
    var args: String?
    /// GB.
    var disk: Int
    var ports: [String]
    var env: [String: String]
    var registry: String?
    var gpu: String
    var gpuCount: Int
    var cloud: String
    var dataCenter: String?
    var mount: Mount?
    var startSSH: Bool

    var networkVolume: String? {
        if case .network(let volume, _)? = mount { volume } else { nil }
    }

    enum Mount: Codable, Sendable, Equatable {
        /// GB.
        case persistent(size: Int, path: String)
        case network(volume: String, path: String)
    }
}

/// A pod. Instants are seconds since 1970.
struct PodRecord: Codable, Sendable {
    var id: String
    var order: PodOrder
    /// A key of the API that opens this pod alone.
    var key: String
    /// The lines of its authorized_keys.
    var authorized: [String]
    var locked = false
    var globalNetworking = false
    var status = PodStatus.provisioning
    /// Whether a stop was accepted that has not come about yet.
    var isStopping = false
    /// Counts starts, so that work begun for an earlier one notices that it is late.
    var boot = 0
    var sshd: Sshd?
    var createdAt: Double
    var startedAt: Double?
    var statusChangedAt: Double
    /// What trouble put off until when; in the past where it did not.
    var delays = Delays()
    var meter = Meter()

    /// GB of its own volume, which dies with it.
    var volumeGigabytes: Int {
        if case .persistent(let size, _)? = order.mount { size } else { 0 }
    }

    var networkVolume: String? { order.networkVolume }

    /// USD per hour while it is up.
    var price: Double { (GPUType.named(order.gpu)?.price(in: order.cloud) ?? 0) * Double(order.gpuCount) }

    /// What it costs as things stand.
    var rates: Rates {
        Rates(
            compute: status.isUp ? price : 0,
            storage: StoragePrice.perHour(gigabytes: volumeGigabytes, running: status.isUp))
    }

    /// What may be asked of it now, as the contract lists it.
    var actions: [String] {
        switch status {
        case .running: locked ? ["terminate"] : ["stop", "restart", "terminate"]
        case .provisioning, .starting: locked ? ["terminate"] : ["stop", "terminate"]
        case .exited, .error: ["start", "terminate"]
        case .terminated: []
        }
    }

    func isNamed(_ word: String) -> Bool { id == word || order.name == word }
}

/// Instants in seconds since 1970.
struct Delays: Codable, Sendable {
    /// Until then it is PROVISIONING, and until then STARTING.
    var provisioned = 0.0
    var started = 0.0
    /// Until then the running pod has no `runtime`, or no ports.
    var runtime = 0.0
    var ports = 0.0
    /// When an accepted stop comes about; nil: never.
    var stop: Double?
    /// When an sshd that died is back; nil where none did.
    var sshd: Double?

    /// Nothing is put off any longer than this.
    mutating func end(at now: Double) {
        (provisioned, started) = (min(provisioned, now), min(started, now))
        (runtime, ports) = (min(runtime, now), min(ports, now))
        (stop, sshd) = (stop.map { min($0, now) }, sshd.map { min($0, now) })
    }
}

/// Storage that outlives the pods it is mounted into.
struct NetworkVolume: Codable, Sendable {
    var id: String
    var name: String
    /// GB.
    var size: Int
    var dataCenter: String
    var type: String
}

/// A pod that is no more; its bill stays.
struct FormerPod: Codable, Sendable {
    var id: String
    var name: String
    var meter: Meter
}
