// Owns the settings with which tests reach a server of their own.

import CAISystem
import SystemPackage
import TestSupport
import Testing

@testable import CAIGPU

/// One after another: each test has a server of its own, and starting one holds up others.
@Suite(.serialized) enum SSHTests {}

/// A server, and how to reach it: its host key is known, its user key is configured.
struct SSHFixture {
    let server: LoopbackSSHD
    var settings: SSHSettings

    init(hostKeyType: String = "ed25519", options: [String] = []) throws {
        server = try LoopbackSSHD(hostKeyType: hostKeyType, options: options)
        let endpoint = SSHEndpoint(host: "127.0.0.1", port: server.port, user: server.user)
        settings = SSHSettings(
            endpoint: endpoint, key: server.key, agent: nil,
            hostKey: HostKeyPolicy(
                file: server.folder["known_hosts"], name: HostKeyPolicy.name(of: endpoint), pinOnFirstUse: false),
            workdir: server.folder["work"], workerCommand: ["python3"], connectTimeout: 120)
        try server.folder.write(server.knownHostsLine, to: "known_hosts")
    }

    func connect() async throws(GPUError) -> SSHConnection { try await SSHConnection.open(settings) }

    /// A command that says when it is at work, and works until it is ended.
    var endless: [String] { ["sh", "-c", #"touch "$1"; sleep 600"#, "sh", server.folder["at-work"].string] }

    /// Waits until `endless` is at work.
    func isAtWork() async throws { try await eventually { try RealFiles().status(server.folder["at-work"]) != nil } }
}

/// The error an operation ends with.
func failure(_ body: () async throws(GPUError) -> Void) async -> GPUError? {
    do { try await body() } catch { return error }
    return nil
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
