// Owns trying a blocked task again, or one that waits after a failure, at once.

import ArgumentParser
import CAIWorkflow

struct Retry: OrderCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try a blocked task again, or one that waits after a failure, now.",
        discussion: """
            What it has done is kept, and its attempts are counted anew. Moving the file to pending/ does the same.

            Examples:
              caid retry 20261121_P0_train.md
              caid retry reviews/codex/20261121_stage1.md
            """)
    static let verb = Order.Verb.retry

    @Argument(help: "The task: its name, its stem, or QUEUE/NAME.")
    var task: String
    @Flag(help: "The answer as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions
}
