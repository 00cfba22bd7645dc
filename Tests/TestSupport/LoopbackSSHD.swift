// Owns a real OpenSSH server on this machine for the length of a test: own folder, own keys, a free port, nothing of the system's
// configuration.
// Never reachable from elsewhere, and never left running by a test that ends.

import CAISystem
import Foundation
import Glibc
import SystemPackage

/// An OpenSSH server on 127.0.0.1 (and ::1 where there is one) that lets this process's user in by one fresh ed25519 key.
public final class LoopbackSSHD {
    public struct Failure: Error, CustomStringConvertible { public var description: String }

    public let folder: TemporaryFolder
    public let user: String
    /// The private key that is let in.
    public let key: FilePath
    public private(set) var port: Int
    /// As a `known_hosts` file holds it after the host's name: type and base64.
    public private(set) var hostKey: String
    private let hostKeyType: String
    private let options: [String]
    private var process: pid_t?

    public static let program = "/usr/sbin/sshd"

    /// Starts a server.
    /// - Parameters:
    ///   - hostKeyType: as `ssh-keygen -t` takes it.
    ///   - options: lines of sshd_config that go before ours, and so win.
    /// - Throws: where OpenSSH's server is not installed, or does not start.
    public init(hostKeyType: String = "ed25519", options: [String] = []) throws {
        guard access(Self.program, X_OK) == 0 else {
            throw Failure(
                description: "\(Self.program) is missing: install openssh-server, without which SSH is untested")
        }
        folder = try TemporaryFolder()
        (self.hostKeyType, self.options) = (hostKeyType, options)
        (user, key) = (NSUserName(), folder["id_ed25519"])
        (port, hostKey) = (try Self.freePort(), "")
        try Self.makeKey(key)
        try folder.write(try folder.text("id_ed25519.pub"), to: "authorized_keys")
        hostKey = try makeHostKey()
        try start()
    }

    deinit { stop() }

    /// Lets another key in as well.
    public func authorize(publicKey: String) throws {
        try folder.write(try folder.text("authorized_keys") + publicKey + "\n", to: "authorized_keys")
    }

    /// The line of a `known_hosts` file by which a client knows this server.
    public var knownHostsLine: String { "[127.0.0.1]:\(port) \(hostKey)\n" }

    /// Ends the server and every connection.
    public func stop() {
        guard let process else { return }
        for pid in tree(of: process).reversed() { kill(pid, SIGKILL) }
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
        self.process = nil
    }

    /// Starts it again after `stop()`.
    public func restart(newHostKey: Bool = false, newPort: Bool = false) throws {
        stop()
        if newHostKey { hostKey = try makeHostKey() }
        if newPort { port = try Self.freePort() }
        try start()
    }

    /// Stops the server and every connection in their tracks: the machine answers, they do not.
    public func freeze() { signal(SIGSTOP) }

    public func thaw() { signal(SIGCONT) }

    /// Ends the connections that are open; new ones are let in.
    public func dropConnections() {
        guard let process else { return }
        for pid in tree(of: process).dropFirst() { kill(pid, SIGKILL) }
    }

    /// How many connections are open.
    public var connections: Int { process.map { children(of: $0).count } ?? 0 }

    /// Makes a key without a passphrase, or with one.
    public static func makeKey(_ path: FilePath, type: String = "ed25519", passphrase: String = "") throws {
        try run("/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path.string])
    }

    /// Runs a program to its end.
    /// - Returns: its output.
    @discardableResult public static func run(_ program: String, _ arguments: [String]) throws -> String {
        let name = FilePath(NSTemporaryDirectory()).appending("caid-test-\(UInt64.random(in: 0 ... .max)).out")
        let output = try FileDescriptor.open(
            name, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
        defer { try? output.close() }
        unlink(name.string)
        let pid = try spawn(program, arguments, output: output.rawValue)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let size = Int(try output.seek(offset: 0, from: .end))
        let bytes = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = try output.read(fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard status == 0 else { throw Failure(description: "\(program) ended with status \(status): \(text)") }
        return text
    }

    /// Foundation's `Process` takes a child that closes the descriptors it did not ask for, as sshd does, for one that has ended,
    /// and waits for it on a thread that all others need.
    private static func spawn(_ program: String, _ arguments: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // One that is closed by then is no error.
        for name in try RealFiles().list("/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let result = posix_spawn(&pid, program, &actions, nil, &words, environ)
        guard result == 0 else { throw Failure(description: "cannot run \(program): \(Errno(rawValue: result))") }
        return pid
    }

    /// A port of the loopback interface nobody listens at now.
    public static func freePort() throws -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(probe, pointer, size) == 0 ? getsockname(probe, pointer, &size) : -1
            }
        }
        guard result == 0 else { throw Failure(description: "no port is free: \(Errno(rawValue: errno))") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private func makeHostKey() throws -> String {
        for name in ["host_key", "host_key.pub"] { unlink(folder[name].string) }
        try Self.makeKey(folder["host_key"], type: hostKeyType)
        return try folder.text("host_key.pub").split(separator: " ").prefix(2).joined(separator: " ")
    }

    private func start() throws {
        let settings =
            options + [
                "Port \(port)", "ListenAddress 127.0.0.1", "ListenAddress ::1", "HostKey \(folder["host_key"])",
                "AuthorizedKeysFile \(folder["authorized_keys"])", "PidFile none", "StrictModes no", "UsePAM no",
                "PermitRootLogin prohibit-password", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                "MaxStartups 100", "PrintMotd no", "UseDNS no",
                // The shell of a command reads no start-up file of whoever runs the tests.
                "SetEnv HOME=\(folder.path)",
            ]
        try folder.write(settings.joined(separator: "\n") + "\n", to: "sshd_config")
        // Where root runs it, the server wants a folder to lock its unprivileged half into.
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }
        let log = folder["sshd.log"]
        unlink(log.string)
        let descriptor = open(log.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let pid = try Self.spawn(Self.program, ["-D", "-e", "-f", folder["sshd_config"].string], output: descriptor)
        process = pid
        for _ in 0..<1000 {
            if try folder.text("sshd.log").contains("Server listening on 127.0.0.1") { return }
            guard waitpid(pid, nil, WNOHANG) == 0 else {
                process = nil
                break
            }
            usleep(10_000)
        }
        throw Failure(description: "sshd does not start: \(try folder.text("sshd.log"))")
    }

    private func signal(_ number: Int32) {
        guard let process else { return }
        for pid in tree(of: process) where name(of: pid).hasPrefix("sshd") { kill(pid, number) }
    }

    private func tree(of pid: Int32) -> [Int32] { [pid] + children(of: pid).flatMap(tree) }

    private func children(of pid: Int32) -> [Int32] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    private func name(of pid: Int32) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? ""
    }
}
