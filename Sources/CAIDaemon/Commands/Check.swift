// Owns checking files before they are used: configuration, task headers, review requests, pipelines, the roadmap. One line a
// finding: `file:line:column: message`, 1-based, at the offending token.
// Never changes a file. Only errors make it fail; what is merely odd is a note.

import ArgumentParser
import CAISystem

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check cai.yaml, task headers, review requests, pipelines and the roadmap.",
        discussion: """
            Without a path: the whole workspace. Exit 2 on errors in cai.yaml, headers and pipelines; notes stop nothing.

            Examples:
              caid check
              caid check tasks/gpu/pending/20261121_P0_baseline.md pipelines/own.yaml
            """)

    @Argument(help: "Files to check (default: the workspace's).")
    var paths: [String] = []
    @Flag(help: "Findings as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let findings =
                paths.isEmpty
                ? try WorkspaceCheck(options.workspace(), environment: environmentVariables()).findings()
                : try paths.flatMap {
                    try FileCheck(workspace: try? options.workspace()).findings(absolute($0), shown: $0)
                }
            if json {
                print(String(decoding: try CanonicalJSON.encode(findings, pretty: true), as: UTF8.self), terminator: "")
            } else {
                for finding in findings { print(finding.text) }
                if findings.isEmpty { print("nothing to complain about") }
            }
            if findings.contains(where: { $0.severity == .error }) { throw ExitCode(ExitStatus.usage) }
        }
    }
}
