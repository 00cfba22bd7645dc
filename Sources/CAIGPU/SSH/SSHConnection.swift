// Owns a connection to a machine over SSH: one thread, one session, one command at a time. Each concern takes its own.
// Never opens itself anew: where it was lost, whoever uses it decides what that means.

import CAISystem
import Synchronization
import SystemPackage

/// An SSH connection. It ends with `close()` or with its last reference, and leaves no thread and no descriptor behind.
public actor SSHConnection: PodConnection {
    public nonisolated let settings: SSHSettings
    public nonisolated var workdir: FilePath { settings.workdir }
    public nonisolated var workerCommand: [String] { settings.workerCommand }
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let thread: ThreadExecutor
    private nonisolated let turns = SSHTurns()
    nonisolated let followers = SSHFollowers()
    private var session: SSHSession?
    private var fingerprint = ""

    private init(_ settings: SSHSettings) {
        self.settings = settings
        thread = ThreadExecutor(name: "ssh:\(settings.endpoint.port)")
    }

    /// Connects, checks the host's key and logs in, all within `connectTimeout`.
    /// - Throws: `.unreachable`, `.hostKey`, `.auth` with cause and remedy; `.stopped` within 250 ms of a cancellation.
    public static func open(_ settings: SSHSettings) async throws(GPUError) -> SSHConnection {
        let connection = SSHConnection(settings)
        try await connection.connect()
        return connection
    }

    /// The host's key as OpenSSH shows it, `SHA256:…`.
    public var hostKeyFingerprint: String { fingerprint }

    public nonisolated func close() async {
        turns.close()
        followers.end()
        await finish()
    }

    /// Lets `body` use the session on the connection's thread when its turn has come.
    /// - Parameter seconds: how long to wait for the turn at most.
    nonisolated func exclusively<Answer: Sendable>(
        within seconds: Double?, _ body: @Sendable (SSHSession) throws(GPUError) -> Answer
    ) async throws(GPUError) -> Answer {
        try await turns.take(within: seconds)
        defer { turns.give() }
        return try await use(body)
    }

    private func use<Answer: Sendable>(
        _ body: (SSHSession) throws(GPUError) -> Answer
    ) throws(GPUError) -> Answer {
        guard let session else { throw SSHTurns.closed }
        if let loss = session.loss { throw loss }
        return try body(session)
    }

    private func connect() throws(GPUError) {
        let deadline = SSHDeadline(seconds: settings.connectTimeout, "answer from \(settings.endpoint)")
        let socket = try SSHSocket.connect(to: settings.endpoint, deadline)
        let session = SSHSession(try SSHHandle(socket), to: settings.endpoint, turns)
        let hosts = KnownHosts(settings.hostKey.file)
        try session.shakeHands(knownTypes: hosts.keyTypes(of: settings.hostKey.name), deadline)
        let key = try session.hostKey()
        try settings.hostKey.check(key, hosts)
        fingerprint = key.fingerprint
        try session.logIn(settings, deadline)
        self.session = session
    }

    private func finish() {
        session?.disconnect()
        session = nil
        thread.stop()
    }
}
