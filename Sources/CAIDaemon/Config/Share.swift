// Owns where the files that come with the product are: worker, built-in pipelines, templates of a workspace.
// `$CAID_SHARE`, then `<executable>/../share/caid`, then the checkout the executable was built in.
// Never writes there.

import CAISystem
import Glibc
import SystemPackage

/// The product's own read-only files.
struct Share: Sendable {
    /// Holds `caid_worker/`.
    var pod: FilePath
    var pipelines: FilePath
    /// The configuration and the constitution that `caid init` copies.
    var configuration: FilePath
    var constitution: FilePath

    /// The tiny model's world.
    var world: FilePath { pod.appending("caid_worker").appending("tiny").appending("world.json") }

    /// - Throws: `UsageError` naming the places looked at.
    static func find(environment: [String: String], files: any FileOperations) throws -> Share {
        let executable = try ownExecutable()
        var places: [FilePath] = []
        if let set = environment["CAID_SHARE"], !set.isEmpty { places.append(FilePath(set)) }
        let installed = executable.removingLastComponent().removingLastComponent().appending("share").appending("caid")
        places.append(installed)
        for place in places {
            let share = Share(
                pod: place.appending("pod"), pipelines: place.appending("pipelines"),
                configuration: place.appending("cai.yaml"), constitution: place.appending("constitution.yaml"))
            if try files.status(share.world) != nil { return share }
        }
        var folder = executable.removingLastComponent()
        while folder.components.count > 1 {
            let resources = folder.appending("Sources").appending("CAIPipeline").appending("Resources")
            let share = Share(
                pod: folder.appending("pod"), pipelines: resources.appending("pipelines"),
                configuration: folder.appending("cai.yaml"), constitution: folder.appending("constitution.yaml"))
            if try files.status(share.world) != nil, try files.status(share.pipelines) != nil { return share }
            folder = folder.removingLastComponent()
        }
        throw UsageError(
            "caid's own files (worker, pipelines) are neither in \(places.map(\.string).joined(separator: " nor in ")) nor "
                + "above \(executable); set CAID_SHARE to the folder that holds them")
    }
}

/// The file that this program was started from.
func ownExecutable() throws -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { throw Errno(rawValue: errno) }
    return FilePath(String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
}
