// Owns the hidden command that the daemon starts to look after one program; see Processes/Supervisor.swift.
// Never used by people.

import ArgumentParser
import CAISystem
import SystemPackage

struct Supervise: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look after one program; the daemon uses this.", shouldDisplay: false)

    @Argument(help: "The program's folder below .caid/processes.")
    var folder: String

    func run() throws {
        do {
            try Supervisor(folder: ProcessFolder(path: FilePath(folder), files: RealFiles())).run()
        } catch {
            complain("caid: \(error)")
            throw ExitCode(ExitStatus.failed)
        }
    }
}
