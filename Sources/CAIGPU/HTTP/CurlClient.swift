// Owns libcurl: requests over kept connections, one at a time, on a thread of their own. HTTP/1.1 over verified TLS.
// Never follows a redirect and never sends plain text to another machine, so that a key in a header goes where it was meant
// to and nowhere else. Never repeats a request behind the caller's back.

import CAISystem
import CCurl
import Glibc

/// `HTTPClient` by libcurl.
actor CurlClient: HTTPClient {
    /// Bytes of an answer's body and of its headers that are taken at most.
    struct Limits: Sendable {
        var body = 8 << 20
        var headers = 64 << 10
        /// Seconds until a connection stands.
        var connect = 10.0
        /// Seconds without a byte worth the name after which an answer is given up.
        var silence = 30.0
    }

    private let executor = ThreadExecutor(name: "caid-http")
    private let agent: String
    private let limits: Limits
    private var curl: CurlHandles?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter agent: the `User-Agent`, like `caid/0.1.0`.
    init(agent: String, limits: Limits = Limits()) { (self.agent, self.limits) = (agent, limits) }

    func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard !Task.isCancelled else { throw HTTPFailure(kind: .cancelled, reason: "stopped before it was sent") }
        guard CurlAddress.isSafe(request.url) else {
            throw .init(kind: .notSent, reason: "the address must be https://…; http:// only to this machine itself")
        }
        let transfer = CurlTransfer(handles: try handles(), request: request, agent: agent, limits: limits)
        return try transfer.run { Task.isCancelled }
    }

    private func handles() throws(HTTPFailure) -> CurlHandles {
        if let curl { return curl }
        // A peer that hangs up must not end the process; other threads keep their own say in this.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let made = try CurlHandles()
        curl = made
        return made
    }
}

/// Which addresses may be asked.
enum CurlAddress {
    /// `https://`, or `http://` to this machine.
    static func isSafe(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // A name before an @ is a user, however much it looks like a host.
        guard !authority.contains("@"), !authority.contains("\\") else { return false }
        if authority.hasPrefix("[") { return authority.prefix { $0 != "]" } == "[::1" }
        return isLoopback(String(authority.prefix { $0 != ":" }))
    }

    /// Whether a host is this machine.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
    }
}
