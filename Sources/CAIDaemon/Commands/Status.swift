// Owns showing how things stand: the same facts as the status files, fresh from folders and journal.
// Never writes anything; it works beside a running daemon and without one.

import ArgumentParser
import CAIJournal
import CAISystem
import CAIWorkflow
import SystemPackage

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show queues, running work with progress and time left, pod and money.",
        discussion: """
            Examples:
              caid status
              caid status --json | jq '.queues[].in_progress'
            """)

    @Flag(help: "The facts as JSON, in the shape of status/status.json.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let holder = FileLock.holder(of: workspace.lock)
            let builder = StatusBuilder(
                workspace: workspace, config: config, journal: try Journal(reading: workspace.journal),
                clock: SystemWallClock())
            let daemon = StatusReport.Daemon(
                running: holder != nil, pid: holder.map(Int.init), last_scan: Self.lastScan(workspace))
            let pages = try builder.pages(daemon: daemon)
            if json {
                let bytes = try CanonicalJSON.encode(pages.report, pretty: true)
                print(String(decoding: bytes, as: UTF8.self), terminator: "")
            } else {
                print(Self.text(pages), terminator: "")
            }
        }
    }

    /// When the daemon last scanned, as it wrote it down itself.
    private static func lastScan(_ workspace: Workspace) -> String? {
        let bytes = try? RealFiles().read(workspace.status.appending("status.json"))
        return bytes.flatMap { try? CanonicalJSON.decode(StatusReport.self, from: $0) }?.daemon.last_scan
    }

    static func text(_ pages: StatusPages) -> String {
        let report = pages.report
        var text =
            report.daemon.running
            ? "caid is running (pid \(report.daemon.pid ?? 0))\n" : "caid is not running: `caid run` starts it\n"
        for queue in report.queues {
            text +=
                "\n\(queue.name): \(queue.in_progress.count) running, \(queue.pending.count) pending, "
                + "\(queue.blocked.count) blocked, \(queue.completed) completed\n"
            for task in queue.in_progress {
                text += "  running  \(task.priority) \(task.file): \(task.words)\n"
            }
            for task in queue.pending { text += "  pending  \(task.priority) \(task.file): \(task.why)\n" }
            for task in queue.blocked { text += "  blocked  \(task.file): \(task.reason)\n" }
        }
        text += "\n" + pages.podSummary
        return text + "money: \(USD.text(report.money.spent_usd)) of \(USD.text(report.money.budget_usd)) spent\n"
    }
}
