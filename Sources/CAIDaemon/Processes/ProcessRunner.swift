// Owns running programs from the daemon's side: start or attach, ask to stop, tell the state, forget.
// A program runs under a supervisor of its own (Supervisor.swift), so it goes on when the daemon ends and is met again by
// its id. Never starts a program while an earlier start under the same id may still live.

import CAISystem
import FoundationEssentials
import Glibc
import SystemPackage

/// Programs that outlive the daemon.
struct ProcessRunner: Sendable {
    enum State: Sendable, Hashable {
        /// Nothing is known under this id.
        case absent
        case running
        case ended
        /// It was started and runs no more, and nobody recorded how it ended. Only a person can tell what it did.
        case inDoubt
        /// Nothing was started: `run` would start it, and after `stop` nobody can.
        case neverStarted
    }

    /// `.caid/processes`, made on first use.
    let root: FilePath
    /// The words that start `caid supervise`; the folder is appended.
    let supervisor: [String]
    let files: any FileOperations

    init(root: FilePath, supervisor: [String], files: any FileOperations) {
        (self.root, self.supervisor, self.files) = (root, supervisor, files)
    }

    func state(_ id: String) throws -> State { try look(folder(id)).state }

    /// Starts the program, or attaches to the one that has this id, whatever it was asked to do; waits for its end.
    /// Cancelling the Swift task only detaches: the program runs on.
    /// - Throws: `CancellationError`; `Errno` where the folder cannot be used. Either says nothing about the program, which may
    ///   run: only a report does, and asking again under the same id never starts it twice.
    func run(_ id: String, _ request: ProcessRequest, input: [UInt8]) async throws -> ProcessReport {
        let folder = folder(id)
        try folder.prepare(request, input: input)
        let wakeups = ProcessWakeups(folder: folder.path)
        var launch: SupervisorLaunch?
        // What the machine refuses for a moment (a full disk, no descriptors) is tried again: nothing has been started.
        var pauses = [0.5, 1, 2][...]
        var orphan = OrphanedProcess(folder: folder)
        for await _ in wakeups.stream {
            try Task.checkCancellation()
            if let record = try folder.readEnd() { return try report(folder, record.end, seconds: record.seconds) }
            wakeups.wake(after: 5)
            // While our own supervisor lives, the lock is not touched: it may be about to take it.
            if let launch, launch.failure == nil { continue }
            let (state, lock) = try look(folder)
            switch state {
            case .running:
                wakeups.wake(after: min(5, orphan.enforceLimits()))
            case .ended:
                wakeups.wake()
            case .absent:
                return ProcessReport(end: .notStarted("its folder was removed"), stdout: [], stderr: [], seconds: 0)
            case .neverStarted:
                // Without the lock, the end was written a moment ago.
                if lock == nil {
                    wakeups.wake()
                } else if let failure = launch?.failure {
                    launch = nil
                    if let pause = pauses.popFirst() {
                        wakeups.wake(after: pause)
                    } else {
                        try folder.write(.notStarted(failure), seconds: 0)
                    }
                } else {
                    launch = SupervisorLaunch(supervisor, folder: folder.path) { [weak wakeups] in wakeups?.wake() }
                }
            case .inDoubt:
                guard let reason = orphan.reason else {
                    let text = "its supervisor was killed or the machine stopped, so nobody saw how it ended"
                    return try report(folder, .inDoubt(text), seconds: orphan.usage()?.seconds ?? 0)
                }
                try folder.write(reason, seconds: orphan.usage()?.seconds ?? 0)
                wakeups.wake()
            }
            withExtendedLifetime(lock) {}
        }
        throw CancellationError()
    }

    /// Asks the program to end (SIGTERM, the request's grace, SIGKILL) and returns at once; `run` then returns `.stopped`.
    /// One that has not been started never will be. Does nothing where nothing runs.
    func stop(_ id: String) throws {
        let folder = folder(id)
        guard try folder.exists(folder.request), try !folder.exists(folder.end) else { return }
        do { try files.writeNew(folder.stop, bytes: [], mode: .ownerReadWrite) } catch Errno.fileExists {}
        let (state, lock) = try look(folder)
        if state == .neverStarted, lock != nil { try folder.write(.stopped, seconds: 0) }
        withExtendedLifetime(lock) {}
    }

    /// Forgets a program, after its end has been taken note of.
    /// - Throws: `Errno.resourceBusy` where it still runs.
    func remove(_ id: String) throws {
        let folder = folder(id)
        let (state, lock) = try look(folder)
        if state == .running { throw Errno.resourceBusy }
        try folder.remove()
        withExtendedLifetime(lock) {}
    }

    /// The file that a command's first word names: looked up in the environment's own `PATH`, or relative to the folder
    /// where it has a slash. Nil where there is none that may be executed.
    static func locate(_ program: String, in environment: [String: String], folder: FilePath) -> FilePath? {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let places = program.contains("/") ? [""] : path.split(separator: ":").map(String.init)
        guard !program.isEmpty else { return nil }
        return places.lazy.map { folder.pushing(FilePath($0)).pushing(FilePath(program)) }.first { candidate in
            var found = stat()
            return stat(candidate.string, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
                && access(candidate.string, X_OK) == 0
        }
    }

    private func folder(_ id: String) -> ProcessFolder {
        ProcessFolder(path: root.appending(ProcessFolder.name(of: id)), files: files)
    }

    /// The state, and where nothing runs the lock too, so that the state stays as it is until the lock is let go.
    private func look(_ folder: ProcessFolder) throws -> (state: State, lock: ProcessLock?) {
        if let record = try folder.readEnd() {
            if case .notStarted = record.end { return (.neverStarted, nil) }
            return (.ended, nil)
        }
        guard try folder.exists(folder.request) else { return (.absent, nil) }
        guard let lock = try ProcessLock.shared(folder.lock) else { return (.running, nil) }
        // The supervisor may have ended in between.
        if try folder.exists(folder.end) { return try look(folder) }
        return (try folder.exists(folder.started) ? .inDoubt : .neverStarted, lock)
    }

    private func report(_ folder: ProcessFolder, _ end: ProcessEnd, seconds: Double) throws -> ProcessReport {
        ProcessReport(
            end: end, stdout: try folder.tail(folder.stdout), stderr: try folder.tail(folder.stderr), seconds: seconds)
    }
}

extension ProcessFolder {
    /// The last MiB of an output file; nothing where there is none.
    fileprivate func tail(_ path: FilePath) throws -> [UInt8] {
        guard let size = try files.status(path)?.size else { return [] }
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .closeOnExec])
        return try file.closeAfter {
            var buffer = [UInt8](repeating: 0, count: Int(min(size, 1 << 20)))
            let start = size - Int64(buffer.count)
            let count = try buffer.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: start, into: $0) }
            return Array(buffer[..<count])
        }
    }
}
