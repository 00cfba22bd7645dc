// Owns running a program for a task: found, announced in the journal, started or found again, its end recorded.
// Never judges what the program printed.

import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// Programs that work on tasks: agents, reviewers, what verifies.
struct Programs: Sendable {
    let workspace: Workspace
    let journal: Journal
    let runner: ProcessRunner
    let environment: [String: String]
    let clock: any WallClock

    /// One program and its limits.
    struct Call: Sendable {
        var purpose: String
        var command: [String]
        /// Names of the variables of our environment that it sees.
        var env: [String]
        /// Seconds.
        var timeout: Double?
        /// Seconds without output.
        var idleTimeout: Double?
        var input: [UInt8]
    }

    /// Why a program cannot be run, with what to do about it; nil where it is there.
    /// - Parameter setting: the key of cai.yaml that names it.
    func missing(_ command: [String], env: [String], setting: String, retry name: String) -> String? {
        guard let program = command.first else { return "\(setting) in cai.yaml names no program" }
        if ProcessRunner.locate(program, in: variables(env), folder: workspace.root) != nil { return nil }
        let place = program.contains("/") ? "" : " on the PATH"
        return
            "there is no program `\(program)`\(place): install it, or set \(setting) in cai.yaml to one that is there; then "
            + "`caid retry \(name)`"
    }

    /// Runs a program to its end, or goes on waiting for the one that an earlier daemon started for the same claim. What the
    /// disk refuses is tried again, and as long as the program may run there is no giving up: its end decides.
    /// - Throws: `CancellationError` where we are told to end, and the program runs on; the disk's or the journal's error
    ///   where nothing runs.
    func run(_ call: Call, for record: TaskRecord) async throws -> ProcessReport {
        var patience = Patience()
        while true {
            let begin = clock.uptime()
            do { return try await attend(call, record) } catch  where !(error is CancellationError) {
                if clock.uptime() - begin > .seconds(60) || mayRun(Self.id(call.purpose, of: record)) {
                    patience = Patience()
                }
                try await patience.wait(after: error) { _ in }
            }
        }
    }

    private func mayRun(_ id: String) -> Bool {
        guard let state = try? runner.state(id) else { return true }
        return state == .running
    }

    private func attend(_ call: Call, _ record: TaskRecord) async throws -> ProcessReport {
        let request = ProcessRequest(
            command: call.command, environment: variables(call.env), folder: workspace.root.string,
            log: log(of: record).string, timeout: call.timeout, idleTimeout: call.idleTimeout)
        let id = Self.id(call.purpose, of: record)
        let shown = call.command.joined(separator: " ")
        try journal.processStarts(
            id: id, run: record.run, purpose: call.purpose, command: shown, at: clock.now().timeIntervalSince1970)
        let report = try await runner.run(id, request, input: call.input)
        try journal.processEnded(
            id: id, outcome: "\(report.end.words) after \(DurationWords.text(report.seconds))",
            at: clock.now().timeIntervalSince1970)
        return report
    }

    /// Asks a program to end.
    /// - Returns: whether one of that purpose runs for the task.
    func stop(_ purpose: String, of record: TaskRecord) -> Bool {
        let id = Self.id(purpose, of: record)
        guard case .running? = try? runner.state(id) else { return false }
        return (try? runner.stop(id)) != nil
    }

    /// Forgets the programs of a task's claim, once its ending stands in the journal.
    func forget(_ record: TaskRecord) {
        for purpose in [AgentExecutor.purpose, ReviewExecutor.purpose, Verifier.purpose] {
            let id = Self.id(purpose, of: record)
            guard let state = try? runner.state(id), state != .absent, state != .running else { continue }
            try? runner.remove(id)
        }
    }

    /// Forgets what the programs of all other claims left behind: a daemon died between recording an end and tidying up.
    /// A program whose task is gone is ended, and its end waited for: its file may lie in `pending/` again, and must not run twice.
    func sweep(keeping records: [TaskRecord]) async throws {
        let files = RealFiles()
        guard try files.status(workspace.processes) != nil else { return }
        for id in try files.list(workspace.processes)
        where !records.contains(where: { id.hasPrefix("\($0.run).\($0.claims).") }) {
            if try runner.state(id) == .running { try runner.stop(id) }
            let end = clock.uptime() + .seconds(60)
            while try runner.state(id) == .running, clock.uptime() < end {
                try await Task.sleep(for: .milliseconds(100))
            }
            if try runner.state(id) != .running { try runner.remove(id) }
        }
    }

    /// The file that people read while the program runs.
    func log(of record: TaskRecord) -> FilePath { workspace.logs.appending("\(record.run).log") }

    /// Unlike that of any other claim of any task, and the same for whoever takes this claim up again.
    private static func id(_ purpose: String, of record: TaskRecord) -> String {
        "\(record.run).\(record.claims).\(purpose)"
    }

    private func variables(_ names: [String]) -> [String: String] { environment.filter { names.contains($0.key) } }
}
