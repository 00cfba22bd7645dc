// Owns one program from its start to the end of the last process that came from it, in a process of its own that outlives
// the daemon. It holds the folder's lock and hands it on to the program, so the lock is held as long as either lives.
// Never starts a program twice: what is in the folder already says that it was started, or must not be.

import CAISystem
import FoundationEssentials
import Glibc
import SystemPackage

/// What `caid supervise FOLDER` does.
struct Supervisor {
    /// The lock's descriptor in the program: a number that scripts do not choose for themselves.
    static let inheritedLock: Int32 = 198

    let folder: ProcessFolder

    /// Returns when the program and everything that came from it is gone and `end.json` says how it ended.
    /// - Throws: `Refusal` where another supervisor was here before; `Errno` where the folder cannot be used.
    func run() throws {
        guard let lock = try ProcessLock.exclusive(folder.lock) else {
            throw Refusal(description: "\(folder.path): another supervisor is at work here")
        }
        defer { withExtendedLifetime(lock) {} }
        guard try !folder.exists(folder.started), try !folder.exists(folder.end) else {
            throw Refusal(description: "\(folder.path): the program was started already, or must not be started")
        }
        let program: Running
        do {
            guard try !folder.exists(folder.stop) else { return try folder.write(.stopped, seconds: 0) }
            program = try start(holding: lock)
        } catch {
            return try record(.notStarted("\(error)"), seconds: 0)
        }
        let (end, seconds) = program.watch()
        try record(end, seconds: seconds)
    }

    /// A full disk is waited for: what hours of work came to is not lost for want of a hundred bytes.
    private func record(_ end: ProcessEnd, seconds: Double) throws {
        while true {
            do { return try folder.write(end, seconds: seconds) } catch Errno.noSpace { sleep(5) }
        }
    }

    private func start(holding lock: ProcessLock) throws -> Running {
        let request = try folder.readRequest()
        guard let name = request.command.first else { throw Refusal(description: "no command was given") }
        let work = FilePath(request.folder)
        guard let program = ProcessRunner.locate(name, in: request.environment, folder: work) else {
            throw Refusal(description: "the program '\(name)' was not found, or may not be executed")
        }
        // The program starts in its folder because we are there.
        guard chdir(work.string) == 0 else {
            throw Refusal(description: "cannot work in \(work): \(Errno(rawValue: errno))")
        }
        guard let supervisor = ProcessIdentity(getpid()) else { throw Refusal(description: "/proc cannot be read") }
        let input = try FileDescriptor.open(folder.input, .readOnly, options: [.noFollow, .closeOnExec])
        let streams = try [folder.stdout, folder.stderr].map {
            try FileDescriptor.open(
                $0, .readWrite, options: [.append, .create, .noFollow, .closeOnExec], permissions: .ownerReadWrite)
        }
        let events = try SupervisorEvents(folder: folder.path)
        try ChildControl.adoptOrphans()

        var record = ProcessStart(at: Date().timeIntervalSince1970, supervisor: supervisor)
        try folder.files.writeNew(folder.started, bytes: CanonicalJSON.encode(record), mode: .ownerReadWrite)
        let (children, begin): (ChildProcesses, SuspendingClock.Instant)
        do {
            begin = SuspendingClock().now
            children = try ChildProcesses(
                starting: program, request,
                descriptors: [(input, 0), (streams[0], 1), (streams[1], 2), (lock.descriptor, Self.inheritedLock)])
        } catch Errno.execFormatError {
            throw Refusal(description: "\(program) is no program for this machine; does its first line lack #!/bin/sh?")
        } catch {
            throw Refusal(description: "\(program) cannot be started: \(error)")
        }
        record.program = ProcessIdentity(children.program)
        try? folder.files.writeAtomically(folder.started, bytes: CanonicalJSON.encode(record), mode: .ownerReadWrite)
        return Running(
            folder: folder, request: request, begin: begin, children: children, events: events,
            output: OutputCopy(streams: streams, log: FilePath(request.log), limit: request.outputLimit))
    }

    /// Why nothing was started.
    struct Refusal: Error, CustomStringConvertible { var description: String }
}

/// A started program.
private struct Running {
    let folder: ProcessFolder
    let request: ProcessRequest
    let begin: SuspendingClock.Instant
    var children: ChildProcesses
    let events: SupervisorEvents
    var output: OutputCopy

    /// Waits until nothing is left, and ends what has to be ended: first it is asked to (SIGTERM), after the grace it is made
    /// to (SIGKILL). What the program leaves running when it exits is ended the same way.
    consuming func watch() -> (end: ProcessEnd, seconds: Double) {
        let clock = SuspendingClock()
        var lastOutput = begin
        var reason: ProcessEnd?
        var killAt: SuspendingClock.Instant?
        while true {
            let isAnyLeft = children.reap()
            if output.copy() { lastOutput = clock.now }
            let now = clock.now
            let usage = ProcessUsage(
                seconds: (now - begin).inSeconds, quiet: (now - lastOutput).inSeconds, output: output.bytes,
                isStopAsked: events.isTerminationAsked || (try? folder.exists(folder.stop)) == true)
            guard isAnyLeft else { return (reason ?? children.exit ?? .inDoubt("its end was not seen"), usage.seconds) }
            if reason == nil, children.exit == nil { reason = request.breach(usage) }
            guard reason != nil || children.exit != nil else {
                events.wait(seconds: request.nextLimit(usage))
                continue
            }
            if let killAt, now >= killAt {
                children.signal(SIGKILL)
                // Whoever was born while we looked is found by the next look.
                events.wait(seconds: 1)
            } else {
                if killAt == nil { children.signal(SIGTERM) }
                let deadline = killAt ?? now + .seconds(request.grace)
                killAt = deadline
                events.wait(seconds: (deadline - now).inSeconds)
            }
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double { self / .seconds(1) }
}
