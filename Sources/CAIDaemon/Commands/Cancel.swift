// Owns ending a task that is not wanted any more, whether it waits or runs.

import ArgumentParser
import CAIWorkflow

struct Cancel: OrderCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a task, or take it out of the queue; its file goes to cancelled/.",
        discussion: """
            A job is stopped with a checkpoint, an agent with everything it has started. To run it after all, move the file
            from cancelled/ to pending/.

            Examples:
              caid cancel 20261121_P0_train.md
            """)
    static let verb = Order.Verb.cancel

    @Argument(help: "The task: its name, its stem, or QUEUE/NAME.")
    var task: String
    @Flag(help: "The answer as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions
}
