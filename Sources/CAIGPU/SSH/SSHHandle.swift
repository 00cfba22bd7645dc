// Owns a libssh2 session with its socket: both end with it.
// Never waits, and never knows what the session is used for.

import CSSH2
import Glibc

/// The one owner of a session's memory and descriptor.
struct SSHHandle: ~Copyable {
    let session: OpaquePointer
    private let socket: SSHSocket
    private let budget: UnsafeMutablePointer<Int>

    /// Bytes one call into libssh2 may take from the socket: enough to be fast, so few that they stay in the processor's cache.
    private static let budgetOfACall = 256 << 10
    /// Loads libssh2's tables, once in the life of the process.
    private static let isReady = libssh2_init(0) == 0

    init(_ socket: consuming SSHSocket) throws(GPUError) {
        let budget = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        budget.initialize(to: Self.budgetOfACall)
        guard Self.isReady, let session = cssh2_session(budget) else {
            budget.deallocate()
            throw GPUError(.unreachable, "libssh2 cannot be started: there is no memory left")
        }
        self.session = session
        self.socket = socket
        self.budget = budget
        libssh2_session_set_blocking(session, 0)
    }

    deinit {
        // First nobody can be waited for any more, so that freeing comes to its end at once.
        shutdown(socket.descriptor, Int32(SHUT_RDWR))
        for _ in 0..<16 {
            budget.pointee = Self.budgetOfACall
            if libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN { break }
        }
        budget.deallocate()
    }

    var descriptor: Int32 { socket.descriptor }

    /// Before each call.
    func refill() { budget.pointee = Self.budgetOfACall }
}
