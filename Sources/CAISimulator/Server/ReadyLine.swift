// Owns the one line that tells a client where the simulator is and what its key is.
// Never printed before requests can be answered.

import CAISystem
import FoundationEssentials
import Glibc
import SystemPackage

struct ReadyLine {
    var port: Int
    var apiKey: String
    var state: FilePath

    var baseURL: String { "http://\(Sshd.host):\(port)" }

    func write() throws {
        let line: JSONValue = .object([
            "base_url": .string(baseURL), "api_key": .string(apiKey), "state": .string(state.string),
            "port": .int(port),
            "pid": .int(Int(getpid())),
        ])
        // Written at once, whatever standard output is.
        _ = try FileDescriptor.standardOutput.writeAll(try CanonicalJSON.encode(line) + [0x0A])
    }
}
