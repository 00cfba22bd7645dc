// Owns telling what happened: to one task, event by event, with its jobs and programs; or to all of them, a line each.
// Never writes anything; it works beside a running daemon.

import ArgumentParser
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what happened to a task, or to all of them, from the journal.",
        discussion: """
            Examples:
              caid history
              caid history 20261121_P0_baseline.md
              caid history --json | jq '.[0]'
            """)

    @Argument(help: "The task: its name, its stem, its run, or QUEUE/NAME (default: all tasks, newest first).")
    var task: String?
    @Option(help: "How many tasks to show.")
    var limit = 50
    @Flag(help: "The same as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    /// A task's story. Times are ISO 8601 in UTC, money is USD.
    struct Story: Codable {
        struct Event: Codable {
            var at: String
            var message: String
        }
        struct Work: Codable {
            var id: String
            var what: String
            var state: String
            var started_at: String
            var ended_at: String?
        }
        var queue: String
        var file: String
        var run: String
        var state: String
        var claims: Int
        var claimed_at: String
        var finished_at: String?
        var result: String?
        var spent_usd: Double
        var events: [Event]
        var jobs: [Work]
        var programs: [Work]
    }

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            guard let journal = try Journal(reading: workspace.journal) else {
                if json { return print("[]") }
                return print("nothing has happened here yet: `caid run` has never run")
            }
            let stories = try rows(journal).map { try Self.story($0, journal) }
            if stories.isEmpty, let task {
                throw UsageError("the journal knows no task '\(task)'; `caid history` lists those it knows")
            }
            if json {
                return print(
                    String(decoding: try CanonicalJSON.encode(stories, pretty: true), as: UTF8.self), terminator: "")
            }
            for story in stories { print(task == nil ? Self.line(story) : Self.text(story)) }
            if stories.isEmpty { print("no task has been claimed yet") }
        }
    }

    private func rows(_ journal: Journal) throws -> [TaskRow] {
        guard let task else { return try journal.tasks(named: nil, limit: limit) }
        let (queue, name) = (task.queueOfTask, task.nameOfTask)
        for wanted in [name, name + ".md"] {
            let found = try journal.tasks(named: wanted, limit: limit).filter { queue == nil || $0.queue == queue }
            if !found.isEmpty { return found }
        }
        return []
    }

    private static func story(_ row: TaskRow, _ journal: Journal) throws -> Story {
        func text(_ seconds: Double) -> String { Date(timeIntervalSince1970: seconds).instantText }
        let ending = try JournalTaskStore.record(row).ending
        return Story(
            queue: row.queue, file: row.name, run: row.run, state: row.state, claims: row.claims,
            claimed_at: text(row.claimedAt), finished_at: row.finishedAt.map(text), result: ending?.summary,
            spent_usd: try journal.ledgerSums().filter { $0.task == row.run }.reduce(0) { $0 + $1.usd },
            events: try (journal.events(of: row.run) + journal.events(of: "\(row.queue)/\(row.name)"))
                .sorted { $0.at < $1.at }.map { Story.Event(at: text($0.at), message: $0.message) },
            jobs: try journal.jobs(ofTask: row.run).map {
                Story.Work(
                    id: $0.id, what: "\($0.kind) for \($0.step)", state: $0.state, started_at: text($0.startedAt),
                    ended_at: $0.endedAt.map(text))
            },
            programs: try journal.processes(ofRun: row.run).map {
                Story.Work(
                    id: $0.id, what: "\($0.purpose) `\($0.command)`", state: $0.outcome ?? "running",
                    started_at: text($0.startedAt), ended_at: $0.endedAt.map(text))
            })
    }

    private static func line(_ story: Story) -> String {
        let result = story.result.map { ": " + PlainText.line($0, limit: 120) } ?? ""
        return "\(story.claimed_at)  \(story.state)  \(story.queue)/\(story.file)\(result)"
    }

    private static func text(_ story: Story) -> String {
        var text = "\(story.queue)/\(story.file): \(story.state), run \(story.run), claimed \(story.claims) times, "
        text += "\(USD.text(story.spent_usd)) spent\n"
        for event in story.events { text += "  \(event.at)  \(PlainText.line(event.message))\n" }
        for work in story.jobs + story.programs {
            text += "  \(work.started_at)  \(PlainText.line(work.what)): \(work.state)\n"
        }
        return text
    }
}

extension String {
    /// The queue in `queue/name`.
    fileprivate var queueOfTask: String? { lastIndex(of: "/").map { String(self[..<$0]) } }
    fileprivate var nameOfTask: String { lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self }
}
