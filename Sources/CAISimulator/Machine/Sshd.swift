// Owns the sshd of one start of a pod: its configuration, its fresh host key and port, its process.
// Never listens anywhere but on the loopback address.

import CAISystem
import Glibc
import Subprocess
import SystemPackage

/// What stands for the host a pod lies on.
struct Sshd: Codable, Sendable, Equatable {
    var port: Int
    /// nil where the pod's start command runs no sshd.
    var process: ProcessIdentity?

    static let host = "127.0.0.1"
    static let program = FilePath("/usr/sbin/sshd")

    /// The account sshd lets in: this process's own, since it starts sshd without root's rights.
    static var user: String { getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "root" }

    /// Starts an sshd with a new key on a port that the pod did not have before.
    static func start(_ plan: SshdPlan, not previous: Int?) async throws -> Sshd {
        try prepareMachine()
        let files = RealFiles()
        for name in plan.keyFiles { try? files.remove(name) }
        try await call("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", plan.hostKey.string])
        for _ in 0..<8 {
            // Somebody else may take the port before sshd does.
            guard let port = FreePort.find(not: previous) else { continue }
            guard plan.hasSshd else { return Sshd(port: port) }
            if let started = try await listen(plan, on: port) { return started }
        }
        throw Problem(500, "sshd did not start; see \(plan.log)")
    }

    /// Starts sshd again after it died, as it was.
    static func revive(_ plan: SshdPlan, on port: Int) async throws -> Sshd? { try await listen(plan, on: port) }

    private static func listen(_ plan: SshdPlan, on port: Int) async throws -> Sshd? {
        let files = RealFiles()
        for old in [plan.pidFile, plan.log] { try? files.remove(old) }
        try files.writeAtomically(plan.file, bytes: Array(plan.text(port: port).utf8), mode: [.ownerReadWrite])
        try await call(program, ["-f", plan.file.string, "-E", plan.log.string])
        // It writes its process id once it listens; where it cannot, it ends.
        for _ in 0..<1500 {
            if let bytes = try? files.read(plan.pidFile, limit: 32),
                let pid = Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)),
                let entry = Processes.entry(pid)
            {
                return Sshd(port: port, process: entry.identity)
            }
            let log = String(decoding: (try? files.read(plan.log, limit: 64 << 20)) ?? [], as: UTF8.self)
            if log.contains("Bind to port \(port) ") { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    private static func call(_ program: FilePath, _ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path(program), arguments: Arguments(arguments), input: .none, output: .discarded,
            error: .string(limit: 4096))
        guard result.terminationStatus.isSuccess else {
            throw Problem(500, "\(program) failed: \(result.standardError)")
        }
    }

    /// sshd started by root wants this folder, which its package makes at boot only.
    private static func prepareMachine() throws {
        guard RealFiles().exists(program) else {
            throw Problem(500, "\(program) is missing: install openssh-server")
        }
        if geteuid() == 0 { try RealFiles().makeDirectories("/run/sshd") }
    }
}

extension RealFiles {
    func exists(_ path: FilePath) -> Bool { (try? status(path)) != nil }
}

enum FreePort {
    /// A port of the loopback address that nobody listened on a moment ago.
    static func find(not previous: Int?) -> Int? {
        for _ in 0..<16 {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { return nil }
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr(Sshd.host)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
                }
            }
            let port = Int(UInt16(bigEndian: address.sin_port))
            if bound, port != previous { return port }
        }
        return nil
    }
}
