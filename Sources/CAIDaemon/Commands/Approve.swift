// Owns letting a task run that asks for a person's approval.

import ArgumentParser
import CAIWorkflow

struct Approve: OrderCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a task run that waits for a person's approval (requires_approval).",
        discussion: """
            Ticking the box at the end of the file does the same.

            Examples:
              caid approve 20261121_P0_train.md
              caid approve gpu/20261121_P0_train
            """)
    static let verb = Order.Verb.approve

    @Argument(help: "The task: its name, its stem, or QUEUE/NAME.")
    var task: String
    @Flag(help: "The answer as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions
}
