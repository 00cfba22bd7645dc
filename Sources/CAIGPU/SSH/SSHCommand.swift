// Owns one command at work on the other side: its output, its errors, its input, its end.
// Never keeps more than the tail of what the command says on its standard error.

import CSSH2

/// A command's channel. Whatever way it ends, the channel is let go with this object.
final class SSHCommand: CommandStream {
    /// How long it may take.
    enum Limit {
        /// Until a moment.
        case total(SSHDeadline)
        /// So many seconds without a byte in either direction.
        case patience(Double)
    }

    private let session: SSHSession
    private let channel: OpaquePointer
    private let limit: Limit
    private let errorLimit: Int
    private let keepsHead: Bool
    private var isOpen = true
    /// The command's standard error: the first bytes, or the last.
    private(set) var errors: [UInt8] = []
    /// Whether there was more of it than was kept.
    private(set) var errorsOverflowed = false

    /// 16 MiB keep a line of 1 Gbit/s and 130 ms full.
    private static let window: UInt32 = 16 << 20

    /// - Parameters:
    ///   - line: for the server's shell.
    ///   - errorLimit: bytes of standard error that are kept.
    ///   - keepsHead: whether these are the first ones, instead of the last.
    init(_ line: String, in session: SSHSession, _ limit: Limit, errorLimit: Int, keepsHead: Bool) throws(GPUError) {
        (self.session, self.limit, self.errorLimit, self.keepsHead) = (session, limit, errorLimit, keepsHead)
        let deadline = Self.deadline(limit)
        channel = try session.openChannel(window: Self.window, deadline)
        let result: Int
        do {
            result = try Array(line.utf8).withCharacters { [channel] characters, count throws(GPUError) in
                try session.attempt(deadline) { _ in
                    Int(libssh2_channel_process_startup(channel, "exec", 4, characters, UInt32(count)))
                }
            }
        } catch {
            if session.loss == nil { session.lose("a command was given up before it began") }
            throw error
        }
        if result < 0 { throw session.lose("the server does not run commands", cause: session.lastError) }
    }

    deinit { if isOpen { session.abandon(channel) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GPUError) -> Int {
        guard !buffer.isEmpty else { return 0 }
        var deadline = Self.deadline(limit)
        while true {
            try session.check(deadline)
            if let count = try read(stream: 0, into: buffer, deadline) { return count }
            // Until the errors are read there is no end of the output; and looking for them may have brought some of it.
            if try drainErrors(deadline) {
                deadline = Self.deadline(limit)
                if keepsHead, errorsOverflowed { return 0 }
            } else if libssh2_channel_eof(channel) != 0 {
                return 0
            } else if libssh2_poll_channel_read(channel, 0) == 0 {
                try session.wait(deadline)
            }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GPUError) {
        var rest = bytes
        var deadline = Self.deadline(limit)
        while !rest.isEmpty {
            try session.check(deadline)
            let part = rest.bindMemory(to: CChar.self)
            let count = session.once { [channel] _ in libssh2_channel_write_ex(channel, 0, part.baseAddress, part.count)
            }
            try check(count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                deadline = Self.deadline(limit)
            } else if !session.isBlockedSending, try drainErrors(deadline) {
                // A command that cannot get rid of its errors takes no input.
                deadline = Self.deadline(limit)
            } else {
                try session.wait(deadline)
            }
        }
    }

    func finishWriting() throws(GPUError) {
        try check(session.attempt(Self.deadline(limit)) { [channel] _ in Int(libssh2_channel_send_eof(channel)) })
    }

    /// Waits for the command's end; its output must have been read to the end.
    /// - Returns: its status, with 128 and the signal's number added where one ended it, as a shell says it.
    func end() throws(GPUError) -> Int32 {
        let deadline = Self.deadline(limit)
        try check(session.attempt(deadline) { [channel] _ in Int(libssh2_channel_wait_closed(channel)) })
        let status = signal() ?? libssh2_channel_get_exit_status(channel)
        try check(session.attempt(deadline) { [channel] _ in Int(libssh2_channel_free(channel)) })
        isOpen = false
        return status
    }

    /// Takes what there is of the standard error.
    /// - Returns: whether there was any.
    private func drainErrors(_ deadline: SSHDeadline) throws(GPUError) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 16)
        defer { buffer.deallocate() }
        guard let count = try read(stream: SSH_EXTENDED_DATA_STDERR, into: buffer, deadline) else { return false }
        keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return true
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) {
        errors += bytes
        let excess = errors.count - errorLimit
        guard excess > 0 else { return }
        errorsOverflowed = true
        if keepsHead { errors.removeLast(excess) } else { errors.removeFirst(excess) }
    }

    /// - Returns: nil where there is nothing now.
    private func read(
        stream: Int32, into buffer: UnsafeMutableRawBufferPointer, _ deadline: SSHDeadline
    ) throws(GPUError) -> Int? {
        let characters = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        while true {
            let count = session.once { [channel] _ in libssh2_channel_read_ex(channel, stream, characters, buffer.count)
            }
            try check(count)
            if count > 0 { return count }
            // Reading also says how much more may come. Once that is sent half, nothing else can be done before.
            guard count < 0, session.isBlockedSending else { return nil }
            try session.wait(deadline)
        }
    }

    private func check(_ result: Int) throws(GPUError) {
        if let loss = session.loss { throw loss }
        if result < 0, result != Int(LIBSSH2_ERROR_EAGAIN) {
            throw session.lose("the server or the network ended it", cause: session.lastError)
        }
    }

    private func signal() -> Int32? {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        guard libssh2_channel_get_exit_signal(channel, &name, &length, nil, nil, nil, nil) == 0, let name else {
            return nil
        }
        defer { libssh2_free(session.raw, name) }
        let text = String(decoding: UnsafeRawBufferPointer(start: name, count: length), as: UTF8.self)
        return 128 + (Self.signals[text] ?? 0)
    }

    private static let signals: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12,
        "PIPE": 13, "ALRM": 14, "TERM": 15,
    ]

    private static func deadline(_ limit: Limit) -> SSHDeadline {
        switch limit {
        case .total(let deadline): deadline
        case .patience(let seconds): SSHDeadline(seconds: seconds, "byte from or to the command")
        }
    }
}
