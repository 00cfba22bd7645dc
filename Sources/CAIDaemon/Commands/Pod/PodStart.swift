// Owns starting the pod by hand.
// Never starts one beside a running daemon: that does it.

import ArgumentParser
import CAIGPU
import CAISystem
import FoundationEssentials

struct PodStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start the pod, or have one made, and wait until jobs can run there.",
        discussion: """
            From then on it costs money. While `caid run` looks after it, it stops itself after `idle_stop`; without, its
            dead-man switch stops it.

            Examples:
              caid pod start
            """)

    @Flag(help: "The answer as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let order = PodOrder(pod: .start, at: SystemWallClock().now())
            try await PodAction(workspace: workspace, config: config, order: order).run { pod in
                let shown = LastWords()
                _ = try await pod.keeper.startForPerson { if shown.isNew($0) { complain($0) } }
                if pod.provider.features.stopsMachines {
                    complain("caid is not running: `caid run` looks after the pod and stops it when nothing needs it")
                }
            }
            try PodAnswer(outcome: "done", message: "the pod is ready").show(json)
        }
    }
}

/// What `start` and `stop` answer.
struct PodAnswer: Encodable {
    var outcome: String
    var message: String

    func show(_ json: Bool) throws {
        print(json ? String(decoding: try CanonicalJSON.encode(self), as: UTF8.self) : message)
    }
}
