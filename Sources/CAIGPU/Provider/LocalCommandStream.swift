// Owns a conversation with a process of this machine: its pipes, its patience, its end.
// Never used from any thread but the conversation's own, which it may block.

import Glibc
import SystemPackage

/// A process in a session of its own, with pipes. A cancellation of the task is noticed within 100 ms.
final class LocalCommandStream: CommandStream {
    private let program: String
    private let patience: Duration
    private let pid: pid_t
    private var input: FileDescriptor?
    private let output: FileDescriptor
    private let errors: FileDescriptor
    private var errorsAreOpen = true
    /// The last of what it said on standard error.
    private var lastWords: [UInt8] = []
    private var isCollected = false

    /// Starts the process. The calling thread has to be one of our own: from now on it takes no SIGPIPE.
    init(_ command: [String], environment: [String: String], patience: Double) throws(GPUError) {
        guard let program = command.first else { throw GPUError(.unreachable, "no command was given") }
        (self.program, self.patience) = (program, .seconds(patience))
        do {
            let pipes = try Pipes()
            defer { pipes.closeTheirs() }
            do { pid = try Self.spawn(command, environment, pipes.theirs) } catch {
                pipes.closeOurs()
                throw error
            }
            (input, output, errors) = (pipes.ours[0], pipes.ours[1], pipes.ours[2])
        } catch {
            throw GPUError(.unreachable, "could not run \(program) on this machine", cause: "\(error)")
        }
    }

    deinit {
        for end in [input, output, errors] { try? end?.close() }
        if !isCollected {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(GPUError) -> Int {
        try patiently {
            try output.read(into: buffer)
        } waitingFor: {
            (output, POLLIN)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GPUError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let input else { throw GPUError(.unreachable, "\(program) takes no more input") }
            rest = rest.dropFirst(
                try patiently {
                    try input.write(UnsafeRawBufferPointer(rebasing: rest))
                } waitingFor: {
                    (input, POLLOUT)
                })
        }
    }

    func finishWriting() {
        try? input?.close()
        input = nil
    }

    /// Waits for the end of the process, passing over what it still says.
    /// - Throws: `.jobFailed` where its status is not 0.
    func finish() throws(GPUError) {
        finishWriting()
        let waste = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 1)
        defer { waste.deallocate() }
        while try read(into: waste) > 0 {}
        let status = try patiently { () throws -> Int32 in
            var status: Int32 = 0
            let found = waitpid(self.pid, &status, WNOHANG)
            if found == 0 { throw Errno.wouldBlock }
            return status
        } waitingFor: {
            nil
        }
        isCollected = true
        hearErrors()
        let signal = status & 0x7f
        let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
        if code != 0 {
            let words = String(decoding: lastWords, as: UTF8.self)
            throw GPUError(.jobFailed, "\(program) ended with status \(code)", cause: words.isEmpty ? nil : words)
        }
    }

    /// Repeats what would block until it does not.
    /// - Parameter end: what to wait for meanwhile; a moment where there is nothing.
    private func patiently<Value>(
        _ body: () throws -> Value, waitingFor end: () -> (FileDescriptor, Int32)?
    ) throws(GPUError) -> Value {
        let start = ContinuousClock.now
        while true {
            if Task.isCancelled { throw GPUError(.stopped, "the conversation with \(program) was stopped") }
            do { return try body() } catch Errno.wouldBlock {} catch {
                hearErrors()
                throw GPUError(
                    .unreachable, "\(program) went away",
                    cause: lastWords.isEmpty ? "\(error)" : String(decoding: lastWords, as: UTF8.self))
            }
            guard ContinuousClock.now - start < patience else {
                throw GPUError(.unreachable, "\(program) has not moved for \(Int(patience.components.seconds)) s")
            }
            var polled = [pollfd(fd: errorsAreOpen ? errors.rawValue : -1, events: Int16(POLLIN), revents: 0)]
            if let (end, events) = end() { polled.append(pollfd(fd: end.rawValue, events: Int16(events), revents: 0)) }
            poll(&polled, nfds_t(polled.count), polled.count == 1 ? 5 : 100)
            if polled[0].revents != 0 { hearErrors() }
        }
    }

    /// A process that nobody listens to would stand still with a full pipe.
    private func hearErrors() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 1)
        defer { buffer.deallocate() }
        while errorsAreOpen {
            do {
                let count = try errors.read(into: buffer)
                if count == 0 { errorsAreOpen = false }
                lastWords = Array((lastWords + buffer[..<count]).suffix(2000))
            } catch Errno.wouldBlock { return } catch { errorsAreOpen = false }
        }
    }

    private static func spawn(
        _ command: [String], _ environment: [String: String], _ ends: [FileDescriptor]
    ) throws -> pid_t {
        var (none, pipe) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, nil)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &none)
        // A session of its own: a Ctrl-C at our terminal does not reach it, and its children end with it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | newSession)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in ends.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end.rawValue, Int32(number))
        }
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
        guard result == 0 else { throw Errno(rawValue: result) }
        return pid
    }
}

/// POSIX_SPAWN_SETSID, which glibc shows to those only who ask for its extensions.
private let newSession: Int16 = 0x80

/// Standard input, output and error, by their number: our ends, which never block, and the process's.
private struct Pipes {
    private(set) var ours: [FileDescriptor] = []
    private(set) var theirs: [FileDescriptor] = []

    init() throws {
        do {
            for number in 0..<3 {
                let (reading, writing) = try FileDescriptor.pipe()
                ours.append(number == 0 ? writing : reading)
                theirs.append(number == 0 ? reading : writing)
            }
            for end in ours + theirs where fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) != 0 {
                throw Errno(rawValue: errno)
            }
            for end in ours where fcntl(end.rawValue, F_SETFL, O_NONBLOCK) != 0 { throw Errno(rawValue: errno) }
        } catch {
            closeOurs()
            closeTheirs()
            throw error
        }
    }

    func closeOurs() { for end in ours { try? end.close() } }
    func closeTheirs() { for end in theirs { try? end.close() } }
}
