// Owns where the parts of a pod lie on this machine, and the text of its sshd_config.
// Never writes anything.

import Glibc
import SystemPackage

/// The folder of one pod: `container/` is its home and is wiped by a stop, `volume/` is its /workspace.
struct SshdPlan: Sendable {
    /// Absolute, as every process of the pod carries it.
    var folder: FilePath
    /// What the pod sees as its /workspace: its own volume or a network volume.
    var workspace: FilePath
    var pod: String
    /// Opens this pod alone.
    var key: String
    var apiURL: String
    /// What its image brings as the cache of programs; nil for nothing.
    var cache: FilePath?
    var authorized: [String]
    /// Whether the pod's start command starts an sshd at all.
    var hasSshd: Bool

    var container: FilePath { folder.appending("container") }
    var hostKey: FilePath { folder.appending("host_key") }
    var keyFiles: [FilePath] { [hostKey, folder.appending("host_key.pub")] }
    var authorizedKeys: FilePath { folder.appending("authorized_keys") }
    var file: FilePath { folder.appending("sshd_config") }
    var log: FilePath { folder.appending("sshd.log") }
    var pidFile: FilePath { folder.appending("sshd.pid") }

    /// Every command runs in `container/`, with the pod's own environment and nothing of the simulator's but PATH.
    func text(port: Int) -> String {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        let environment =
            [
                ("HOME", container.string), ("PATH", path), ("RUNPOD_POD_ID", pod), ("RUNPOD_TCP_PORT_22", "\(port)"),
                ("RUNPOD_API_KEY", key), ("SIM_API_URL", apiURL), ("SIM_WORKSPACE", workspace.string),
                (Processes.mark, folder.string),
            ] + (cache.map { [("XDG_CACHE_HOME", $0.string)] } ?? [])
        let settings = environment.map { "\"\($0)=\($1)\"" }.joined(separator: " ")
        return """
            Port \(port)
            ListenAddress \(Sshd.host)
            HostKey "\(hostKey)"
            AuthorizedKeysFile "\(authorizedKeys)"
            PidFile "\(pidFile)"
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UseDNS no
            PrintMotd no
            PrintLastLog no
            MaxStartups 100:30:200
            Subsystem sftp /usr/lib/openssh/sftp-server
            SetEnv \(settings)
            ForceCommand cd "$HOME" && if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"; else exec "$SHELL" -l; fi

            """
    }
}
