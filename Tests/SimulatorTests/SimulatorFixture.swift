// Owns what the tests of the simulator start from: one simulator, one key, one folder of their own.

import CAISystem
import Glibc
import SystemPackage
import TestSupport

/// A simulator in a temporary folder.
struct SimulatorFixture {
    let folder: TemporaryFolder
    let key: SSHKey
    let simulator: Simulator

    init(_ options: String...) throws {
        folder = try TemporaryFolder()
        key = try SSHKey(in: folder)
        simulator = try Simulator(state: folder["state"], key: key, options: options)
    }

    /// Another simulator on the same state.
    func restarted(_ options: String...) throws -> Simulator {
        try Simulator(state: folder["state"], key: key, options: options)
    }

    /// Starts a process on a pod that leaves its session.
    /// - Returns: its number on this machine.
    func detach(on pod: String, _ simulator: Simulator? = nil) async throws -> Int32 {
        let command = "setsid -f sh -c 'echo $$ > $SIM_WORKSPACE/pid; exec sleep 600' > /dev/null 2>&1 < /dev/null"
        let used = simulator ?? self.simulator
        _ = try await used.ssh(pod, command, key: key)
        let file = try await used.place(of: pod).workspace.appending("pid")
        for _ in 0..<500 {
            let text = String(decoding: (try? RealFiles().read(file)) ?? [], as: UTF8.self)
            if text.hasSuffix("\n"), let pid = Int32(text.filter(\.isNumber)) { return pid }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw HTTPFailure(description: "the detached process did not start")
    }
}

/// Whether a process is there and not only waited for.
func isAlive(_ pid: Int32) -> Bool {
    guard let bytes = try? RealFiles().read(FilePath("/proc/\(pid)/stat"), limit: 4096) else { return false }
    return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
}

func exists(_ path: FilePath) throws -> Bool { try RealFiles().status(path) != nil }

func text(_ path: FilePath) throws -> String { String(decoding: try RealFiles().read(path), as: UTF8.self) }
