// Owns the way of a person, or of one command, to the pod: this process becomes the machine's own ssh, with our key and the host key
// that we know the pod by.
// Never accepts a host key that we would not.

import ArgumentParser
import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import Glibc
import SystemPackage

struct PodShell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh",
        abstract: "Log in to the pod.",
        discussion: """
            While somebody is logged in, the pod is not stopped.

            Examples:
              caid pod ssh
            """)

    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let (machine, way) = try await PodWay.find(options)
            guard let way else {
                throw UsageError("the pod is this machine; its folder is .caid/pod in the workspace")
            }
            try become(["ssh"] + (try way.arguments(to: machine)))
        }
    }
}

struct PodExec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command on the pod. Exits as it does, with 255 where the connection failed.",
        discussion: """
            Arguments reach the command as they are; for a pipe or a variable of the pod, run a shell there.

            Examples:
              caid pod exec -- nvidia-smi
              caid pod exec -- sh -c 'df -h /workspace | tail -1'
            """)

    @OptionGroup var options: WorkspaceOptions
    @Argument(parsing: .postTerminator, help: "The command and its arguments, after `--`.")
    var command: [String] = []

    func run() async throws {
        try await reporting {
            guard !command.isEmpty else {
                throw UsageError("what shall run there? `caid pod exec -- COMMAND ARGUMENTS`")
            }
            let found: (Machine, SSHWay?)
            do { found = try await PodWay.find(options) } catch let error as GPUError {
                complain("caid: \(error)")
                throw ExitCode(255)
            }
            guard let way = found.1 else { return try become(command) }
            let line = try ShellCommand.line(command)
            try become(["ssh", "-o", "BatchMode=yes", "-T"] + (try way.arguments(to: found.0)) + [line])
        }
    }
}

enum PodWay {
    /// The running machine, known by its host key; the way is nil where the pod is this machine.
    static func find(_ options: WorkspaceOptions) async throws -> (Machine, SSHWay?) {
        let workspace = try options.workspace()
        let config = try options.config(workspace)
        try RealFiles().makeDirectories(workspace.own)
        let journal = try Journal(reading: workspace.journal) ?? Journal(writing: workspace.journal)
        let pod = try PodComposition(for: workspace, config, journal)
        let machine = try await pod.provider.machine()
        guard machine.status == .running else {
            throw GPUError(.unreachable, "the pod does not run (\(machine.status)); `caid pod start` starts it")
        }
        // Shows the host key to us first, so that it is known or refused by our rules.
        if pod.way != nil { try await pod.provider.connect(to: machine).close() }
        return (machine, pod.way)
    }
}

/// Replaces this process by a program that is looked for in PATH.
private func become(_ command: [String]) throws {
    var arguments = command.map { strdup($0) } + [nil]
    execvp(command[0], &arguments)
    let error = Errno(rawValue: errno)
    throw UsageError("cannot run \(command[0]): \(error)\(command[0] == "ssh" ? "; install openssh-client" : "")")
}
