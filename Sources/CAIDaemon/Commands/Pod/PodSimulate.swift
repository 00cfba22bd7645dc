// Owns starting the simulator that comes with caid, to try a configuration without an account.
// Never pretends to be RunPod to anybody who did not ask for it: it listens on this machine alone.

import ArgumentParser
import CAISystem
import Glibc
import SystemPackage

struct PodSimulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Serve RunPod's API on this machine; each pod is a real sshd with a folder of its own.",
        discussion: """
            All options are the simulator's: `caid pod simulate -- --help` lists them. Its first line of output holds base_url
            and api_key. In cai.yaml:

              pod:
                provider: runpod
                runpod: {base_url: "http://127.0.0.1:8080", workdir: ~/workspace/cai, volume_gb: 20}

            Examples:
              caid pod simulate -- --port 8080 --ssh-key ~/.ssh/id_ed25519.pub --cache ~/.cache
            """)

    @Argument(parsing: .postTerminator, help: "Options of the simulator, after `--`.")
    var arguments: [String] = []

    func run() async throws {
        try await reporting {
            let program = try ownExecutable().removingLastComponent().appending("caid-simulator")
            guard try RealFiles().status(program) != nil else {
                throw UsageError("\(program) is not there; `make build` makes it")
            }
            var words = ([program.string] + arguments).map { strdup($0) } + [nil]
            execv(program.string, &words)
            throw UsageError("cannot run \(program): \(Errno(rawValue: errno))")
        }
    }
}
