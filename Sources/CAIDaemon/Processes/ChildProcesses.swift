// Owns the program and everything that came from it, as the supervisor sees them: started into a process group of its own,
// reaped, signalled to the last one. Orphans come to us, so as long as we have a child something is left.
// Never decides when anything is ended.

import Glibc
import SystemPackage

/// The children of this process, which does nothing else.
struct ChildProcesses {
    let program: Int32
    /// How the program ended, once it has.
    private(set) var exit: ProcessEnd?

    /// Starts the program in the current working directory.
    /// - Parameters:
    ///   - descriptors: what the program gets under 0, 1, 2 and the number of the lock; nothing else is passed on.
    /// - Throws: `Errno`.
    init(
        starting program: FilePath, _ request: ProcessRequest, descriptors: [(FileDescriptor, as: Int32)]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, number) in descriptors {
            posix_spawn_file_actions_adddup2(&actions, descriptor.rawValue, number)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawnattr_setpgroup(&attributes, 0)
        // What a parent ignores or blocks stays so in its children: ours start from the defaults.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)

        let arguments = request.command.map { strdup($0) } + [nil]
        let environment = request.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program.string, &actions, &attributes, arguments, environment)
        guard result == 0 else { throw Errno(rawValue: result) }
        self.program = pid
    }

    /// Takes note of all that have ended.
    /// - Returns: whether any is left.
    mutating func reap() -> Bool {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid == 0 { return true }
            if pid < 0 {
                if errno == EINTR { continue }
                return false
            }
            guard pid == program else { continue }
            let signal = status & 0x7f
            exit = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
        }
    }

    /// Signals the program's group in one step, then whoever left it.
    func signal(_ number: Int32) {
        // Once the program has been reaped its number may belong to somebody else.
        if exit == nil { kill(-program, number) }
        for pid in ProcessTable.now().descendants(of: [getpid()]) where exit != nil || getpgid(pid) != program {
            kill(pid, number)
        }
    }
}
