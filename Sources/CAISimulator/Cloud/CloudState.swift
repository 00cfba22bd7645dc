// Owns everything that outlives a restart of the simulator, and its one file.
// Never holds trouble: a restart clears it.

import CAISystem
import SystemPackage

struct CloudState: Codable, Sendable {
    var apiKey: String
    /// USD ever paid in; what pods used up is taken off when the balance is asked for.
    var credit: Double
    var sshKeys: [String] = []
    var pods: [PodRecord] = []
    var former: [FormerPod] = []
    var volumes: [NetworkVolume] = []
}

/// Where a simulator keeps its state and its pods' disks.
struct StateFolder: Sendable {
    let path: FilePath
    private let files = RealFiles()

    init(_ path: FilePath) throws {
        self.path = path
        for folder in [path, pods, path.appending("network")] { try files.makeDirectories(folder) }
        // Private keys and the API key lie below.
        try files.setPermissions(path, [.ownerReadWriteExecute])
    }

    private var file: FilePath { path.appending("state.json") }
    private var pods: FilePath { path.appending("pods") }

    func pod(_ id: String) -> FilePath { pods.appending(id) }
    func networkVolume(_ id: String) -> FilePath { path.appending("network").appending(id) }

    /// - Returns: nil where nothing was kept yet.
    func load() throws -> CloudState? {
        guard try files.status(file) != nil else { return nil }
        return try CanonicalJSON.decode(CloudState.self, from: try files.read(file, limit: 256 << 20))
    }

    func save(_ state: CloudState) throws {
        try files.writeAtomically(file, bytes: try CanonicalJSON.encode(state, pretty: true), mode: [.ownerReadWrite])
    }
}
