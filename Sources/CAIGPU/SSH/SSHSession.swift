// Owns a session with a server on its thread: the one loop that repeats a call into libssh2 until it is done, and the rule of
// what is still possible after one was given up.
// Never used from two threads; never goes on after an answer was lost.

import CSSH2
import Glibc

/// A session. Between the repetitions of one call nothing else may be asked of libssh2, so everything here is synchronous.
final class SSHSession {
    let endpoint: SSHEndpoint
    private let handle: SSHHandle
    private let turns: SSHTurns
    /// A channel whose command was given up, until the server closes it too. With the one in use that makes two: the most that
    /// is ever open.
    private var abandoned: OpaquePointer?
    /// Why the session cannot be used any more.
    private(set) var loss: GPUError?

    init(_ handle: consuming SSHHandle, to endpoint: SSHEndpoint, _ turns: SSHTurns) {
        self.handle = handle
        (self.endpoint, self.turns) = (endpoint, turns)
    }

    var raw: OpaquePointer { handle.session }
    var descriptor: Int32 { handle.descriptor }

    /// Calls until libssh2 does not ask for a repetition, which has to be of the same call with the same arguments.
    /// - Returns: libssh2's answer: a count, or a negative error.
    func attempt(_ deadline: SSHDeadline, _ call: (OpaquePointer) -> Int) throws(GPUError) -> Int {
        if let loss { throw loss }
        while true {
            let result = once(call)
            guard result == Int(LIBSSH2_ERROR_EAGAIN) else { return result }
            try wait(deadline)
        }
    }

    /// As `attempt`, for a call that was not asked to repeat itself before.
    func once(_ call: (OpaquePointer) -> Int) -> Int {
        handle.refill()
        return call(handle.session)
    }

    /// Whether a packet is sent half: then only the call that began it may go on.
    var isBlockedSending: Bool { libssh2_session_block_directions(raw) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 }

    /// Before something that may go on for long without ever having to wait.
    func check(_ deadline: SSHDeadline) throws(GPUError) {
        if let loss { throw loss }
        if turns.isClosed { throw SSHTurns.closed }
        try deadline.check()
    }

    /// Waits until libssh2 can go on.
    func wait(_ deadline: SSHDeadline) throws(GPUError) {
        try check(deadline)
        let directions = libssh2_session_block_directions(raw)
        var events = Int16(POLLIN)
        if directions & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0 {
            events = directions & LIBSSH2_SESSION_BLOCK_INBOUND != 0 ? Int16(POLLIN | POLLOUT) : Int16(POLLOUT)
        }
        try deadline.wait(for: events, on: handle.descriptor)
    }

    /// What libssh2 says of its last error.
    var lastError: String {
        var text: UnsafeMutablePointer<CChar>?
        let code = libssh2_session_last_error(raw, &text, nil, 0)
        return text.map { "\(String(cString: $0)) (libssh2 \(code))" } ?? "libssh2 \(code)"
    }

    /// The session is over.
    /// - Returns: the error to throw.
    @discardableResult func lose(_ what: String, cause: String? = nil) -> GPUError {
        let error = GPUError(.unreachable, "the connection to \(endpoint) was lost: \(what)", cause: cause)
        if loss == nil { loss = error }
        return error
    }

    /// Opens a channel with a receive window of so many bytes.
    func openChannel(window: UInt32, _ deadline: SSHDeadline) throws(GPUError) -> OpaquePointer {
        settleAbandoned()
        var channel: OpaquePointer?
        do {
            _ = try attempt(deadline) { session in
                channel = libssh2_channel_open_ex(session, "session", 7, window, 32768, nil, 0)
                return channel == nil ? Int(libssh2_session_last_errno(session)) : 0
            }
        } catch {
            // The server may open it yet: nobody could tell that answer from another's.
            if loss == nil { lose("a command was given up before it began") }
            throw error
        }
        if let channel { return channel }
        throw lose("the server refuses another command", cause: lastError)
    }

    /// Gives a channel up whose command is still at work. The session stays usable where that is safe.
    func abandon(_ channel: OpaquePointer) {
        guard loss == nil else { return }
        settleAbandoned()
        guard abandoned == nil, !isBlockedSending else {
            lose("a command was given up in the middle of a message")
            return
        }
        abandoned = channel
        settleAbandoned()
    }

    /// Lets go of the abandoned channel if the server has closed it.
    private func settleAbandoned() {
        guard let channel = abandoned, loss == nil else { return }
        let result = once { _ in Int(libssh2_channel_free(channel)) }
        if result != Int(LIBSSH2_ERROR_EAGAIN) {
            abandoned = nil
        } else if isBlockedSending {
            lose("it takes no more messages")
        }
    }

    /// Says goodbye, without waiting for an answer.
    func disconnect() {
        guard loss == nil, !isBlockedSending else { return }
        _ = once { Int(libssh2_session_disconnect_ex($0, SSH_DISCONNECT_BY_APPLICATION, "done", "")) }
    }
}
