// Owns looking for what is missing on this machine and on the way to the pod, and how to get it.
// Never changes anything; it works beside a running daemon and without a workspace.

import ArgumentParser
import CAISystem
import CAIWorkflow

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check this machine and the way to the pod: what is wrong, why, and what to do.",
        discussion: """
            Nothing is changed, started or stopped. Every check ends within 20 seconds. Exit 1 where something is bad.

            Examples:
              caid doctor
              caid doctor --json | jq '.[] | select(.state == "bad")'
            """)

    @Flag(help: "The findings as JSON: name, state (ok, warn, bad), words, remedy.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = options.root == nil ? try? options.workspace() : try options.workspace()
            let examination = Examination(
                folder: try workspace?.root ?? absolute("."), environment: environmentVariables(), workspace: workspace)
            let found = await examination.run()
            if json {
                print(String(decoding: try CanonicalJSON.encode(found, pretty: true), as: UTF8.self), terminator: "")
            } else {
                print(Self.text(found), terminator: "")
            }
            if found.contains(where: { $0.state == .bad }) { throw ExitCode(ExitStatus.failed) }
        }
    }

    static func text(_ found: [Diagnosis]) -> String {
        let width = found.map(\.name.count).max() ?? 0
        return found.map { one in
            let mark = one.state.rawValue + String(repeating: " ", count: 6 - one.state.rawValue.count)
            let name = one.name + String(repeating: " ", count: width + 2 - one.name.count)
            let remedy = one.remedy.map { "\n" + String(repeating: " ", count: 6 + width + 2) + "→ \($0)" } ?? ""
            return mark + name + one.words + remedy + "\n"
        }.joined()
    }
}
