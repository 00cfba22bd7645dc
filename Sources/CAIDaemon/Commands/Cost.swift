// Owns telling where the money went, what costs money now, and until when the rest lasts: from the journal.
// Never writes anything; it works beside a running daemon.

import ArgumentParser
import CAIJournal
import CAISystem
import CAIWorkflow

struct Cost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was spent: in all, by task and step, by pod, by day, and what costs money now.",
        discussion: """
            Examples:
              caid cost
              caid cost --json | jq '.tasks[] | {task, usd}'
            """)

    @Flag(help: "The same as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let report = try CostReport(
                Journal(reading: workspace.journal), config, now: SystemWallClock().now())
            if json {
                print(String(decoding: try CanonicalJSON.encode(report, pretty: true), as: UTF8.self), terminator: "")
            } else {
                print(Self.text(report), terminator: "")
            }
        }
    }

    static func text(_ report: CostReport) -> String {
        var text = "\(USD.text(report.spent_usd)) spent of \(USD.text(report.budget_usd)), "
        text += "\(USD.text(report.left_usd)) left\n"
        guard !(report.tasks.isEmpty && report.machines.isEmpty) else {
            return text + "nothing has cost pod time yet: the journal's ledger is empty\n"
        }
        text += now(report)
        text +=
            "\n"
            + textTable(
                ["task, step", "pod time", "USD"],
                report.tasks.flatMap { task in
                    [[task.task, DurationWords.text(task.seconds), USD.text(task.usd)]]
                        + task.steps.map { ["  \($0.step)", DurationWords.text($0.seconds), USD.text($0.usd)] }
                })
        text +=
            "\n"
            + textTable(
                ["pod", "ran for", "computing", "disk", "corrections", "USD"],
                report.pods.map {
                    [$0.pod, DurationWords.text($0.seconds)]
                        + [$0.compute_usd, $0.storage_usd, $0.correction_usd, $0.usd].map(USD.text)
                })
        text += "\n" + textTable(["day (UTC)", "USD"], report.days.map { [$0.day, USD.text($0.usd)] })
        let corrections = report.corrections.prefix(20).map { [$0.from, $0.pod, USD.text($0.usd), $0.words] }
        return text + (corrections.isEmpty ? "" : "\n")
            + textTable(["corrected by the bill, from", "pod", "USD", "why"], corrections)
    }

    private static func now(_ report: CostReport) -> String {
        guard report.usd_per_hour > 0 else { return "nothing costs money now\n" }
        let end = report.used_up_at.map { ": at this rate the rest lasts until \($0)" } ?? ""
        return "now \(USD.text(report.usd_per_hour)) an hour\(end)\n"
            + report.machines.map {
                "  \(PlainText.line($0.pod)) (\($0.provider)), \(USD.text($0.usd_per_hour)) an hour and "
                    + "\(USD.text($0.storage_usd_per_hour * 24)) a day for its disk, seen \(PlainText.line($0.state)) at "
                    + "\($0.seen_at)\n"
            }.joined()
    }
}
