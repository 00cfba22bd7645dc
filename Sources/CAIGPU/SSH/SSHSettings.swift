// Owns what a person says about reaching a machine over SSH.
// Never holds a secret: a key is the name of its file.

import Glibc
import SystemPackage

/// How to reach a machine, and how to work there.
public struct SSHSettings: Sendable {
    public var endpoint: SSHEndpoint
    /// The private key, ed25519 or ecdsa; nil to ask the agent.
    public var key: FilePath?
    /// The agent's socket; by default what `SSH_AUTH_SOCK` names.
    public var agent: FilePath?
    public var hostKey: HostKeyPolicy
    /// Absolute, on the machine.
    public var workdir: FilePath
    /// The command there that runs the worker.
    public var workerCommand: [String]
    /// Seconds in which connecting, shaking hands and logging in must be done, all together.
    public var connectTimeout: Double

    public init(
        endpoint: SSHEndpoint, key: FilePath?, agent: FilePath? = Self.agentOfThisProcess, hostKey: HostKeyPolicy,
        workdir: FilePath, workerCommand: [String], connectTimeout: Double = 20
    ) {
        (self.endpoint, self.key, self.agent, self.hostKey) = (endpoint, key, agent, hostKey)
        (self.workdir, self.workerCommand, self.connectTimeout) = (workdir, workerCommand, connectTimeout)
    }

    public static var agentOfThisProcess: FilePath? {
        guard let value = getenv("SSH_AUTH_SOCK"), value.pointee != 0 else { return nil }
        return FilePath(platformString: value)
    }
}
