// Owns the daemon in the foreground: the lock, the composition of everything, the exit code.
// Never contains a policy.

import ArgumentParser
import CAIJournal
import CAISystem
import CAIWorkflow
import Logging
import ServiceLifecycle
import SystemPackage

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon in the foreground.",
        discussion: """
            Examples:
              caid run                 until it is stopped (Ctrl-C or SIGTERM: jobs save a checkpoint first)
              caid run --drain         until nothing can be done now
            """)

    @Flag(help: "Exit when nothing can be done now: 0 all completed, 3 a task of this run is blocked.")
    var drain = false
    @OptionGroup var options: WorkspaceOptions

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let (files, clock) = (RealFiles(), SystemWallClock())
            for folder in [workspace.own, workspace.displaced, workspace.logs, workspace.requests] {
                try files.makeDirectories(folder)
            }
            guard let lock = try FileLock.acquire(workspace.lock) else {
                let pid = FileLock.holder(of: workspace.lock) ?? 0
                complain(
                    "caid: another caid (pid \(pid)) is at work in \(workspace.root); stop it first, or let it work")
                throw ExitCode(ExitStatus.failed)
            }
            try files.removeTree(workspace.own.appending("staging"))
            let tally = try await serve(workspace, config, files, clock)
            withExtendedLifetime(lock) {}
            if tally.interrupted > 0 { throw ExitCode(ExitStatus.resumable) }
            if drain, tally.blocked > 0 { throw ExitCode(ExitStatus.blocked) }
        }
    }

    private func serve(
        _ workspace: Workspace, _ config: Config, _ files: RealFiles, _ clock: SystemWallClock
    ) async throws -> RunTally {
        var log = Logger(label: "caid") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .warning
        let environment = environmentVariables()
        let share = try Share.find(environment: environment, files: files)
        let journal = try Journal(writing: workspace.journal)
        let documents = PendingDocuments(workspace: workspace, files: files)
        let builder = StatusBuilder(
            workspace: workspace, config: config, journal: journal, clock: clock, documents: documents)
        let status = StatusService(builder: builder, clock: clock, log: log)
        let rules = BoardRules(config)
        let dispatcher = Dispatcher(
            workspace: workspace, rules: rules, settle: config.settle,
            store: JournalTaskStore(journal: journal), files: files, clock: clock, documents: documents)
        let programs = Programs(
            workspace: workspace, journal: journal,
            runner: ProcessRunner(
                root: workspace.processes, supervisor: [try ownExecutable().string, "supervise"], files: files),
            environment: environment, clock: clock)
        let console = Console(clock: clock)
        let pod = try PodComposition(
            workspace: workspace, config: config, share: share, journal: journal, environment: environment,
            clock: clock,
            log: log, changed: status.stateChanged, warn: console.say)
        let runner = TaskRunner(
            pipeline: PipelineExecutor(
                workspace: workspace, config: config, share: share, journal: journal, keeper: pod.keeper, pod: pod.pod,
                clock: clock),
            script: ScriptExecutor(
                workspace: workspace, config: config, journal: journal, pod: pod.pod, clock: clock),
            agent: AgentExecutor(programs: programs, clock: clock),
            reviewer: ReviewExecutor(programs: programs, config: config, clock: clock),
            verifier: Verifier(programs: programs, config: config), config: config)
        let scheduler = SchedulerService(
            workspace: workspace, dispatcher: dispatcher, runner: runner, keeper: pod.keeper, rules: rules,
            journal: journal, status: status, console: console, clock: clock, log: log, drain: drain)
        let bills = pod.runPod.map { runPod in
            ReconciliationService(provider: runPod.name, journal: journal, clock: clock) {
                try await runPod.billing(since: $0)
            }
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: status),
                    .init(service: PodService(keeper: pod.keeper), successTerminationBehavior: .ignore),
                    .init(service: scheduler, successTerminationBehavior: .gracefullyShutdownGroup),
                ] + (bills.map { [.init(service: $0, successTerminationBehavior: .ignore)] } ?? []),
                gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        let ended: Result<Void, any Error>
        do { ended = .success(try await group.run()) } catch { ended = .failure(error) }
        // What was started for this run's work and costs money is not left behind, however the run ended.
        let isDrained = drain && scheduler.tally.interrupted == 0
        if let words = await pod.keeper.leave(stopping: isDrained) { console.say(words) }
        try ended.get()
        return scheduler.tally
    }
}
