// Owns stopping the pod by hand, until its provider says that it is stopped.
// Never stops it over work that goes on, or that is there alone, without being told to.

import ArgumentParser
import CAIGPU
import CAISystem
import FoundationEssentials

struct PodStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop the pod and wait until its provider says so. Its volume stays, and costs.",
        discussion: """
            Examples:
              caid pod stop
              caid pod stop --force       jobs are stopped with a checkpoint; `caid retry` goes on with their tasks
            """)

    @Flag(help: "Also while a job is at work: it is stopped with a checkpoint.")
    var force = false
    @Flag(help: "The answer as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let order = PodOrder(pod: .stop, force: force, at: SystemWallClock().now())
            try await PodAction(workspace: workspace, config: config, order: order).run { pod in
                try await pod.keeper.stopForPerson(force: force)
            }
            try PodAnswer(outcome: "done", message: "the pod is stopped").show(json)
        }
    }
}
