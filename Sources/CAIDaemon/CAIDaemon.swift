// Owns the list of commands, and nothing else.

import ArgumentParser

@main
struct CAIDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caid",
        abstract: "Runs Constitutional-AI work from markdown files: drop a task, read how it goes.",
        discussion: """
            People drop task files into tasks/<queue>/pending and read status/*.md; `caid run` does the rest.

            Examples:
              caid init ~/cai                 make a workspace
              caid submit task.md             put a task into its queue
              caid run --drain                work until nothing can be done now
              caid status                     what runs, what waits and why

            Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 drained, but a task of this run is blocked;
            75 stopped before the end, run again to go on.
            """,
        version: Version.text,
        subcommands: [
            Init.self, Submit.self, Run.self, Status.self, Approve.self, Retry.self, Cancel.self, History.self,
            ForecastCommand.self, Cost.self, PodCommand.self, Check.self, Doctor.self, Stats.self, Supervise.self,
        ])
}
