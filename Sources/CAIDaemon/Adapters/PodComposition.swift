// Owns putting the configured pod together: provider, connections, bootstrap, transfers, and the keeper that looks after it.
// Never talks to a machine.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import Logging
import SystemPackage

/// The parts of the one pod.
struct PodComposition: Sendable {
    let provider: any Provider
    let keeper: PodKeeper
    /// How its jobs are run.
    let pod: Pod
    /// Set where the provider sends bills.
    let runPod: RunPodProvider?
    /// How a person's ssh gets there; nil for this machine.
    let way: SSHWay?

    /// - Parameters:
    ///   - changed: called when the pod stands otherwise than before.
    ///   - warn: told what is dangerous about the configuration.
    /// - Throws: `UsageError` where a key is missing or lies open.
    init(
        workspace: Workspace, config: Config, share: Share, journal: Journal, environment: [String: String],
        clock: any WallClock, log: Logger, changed: @escaping @Sendable () -> Void = {}, warn: (String) -> Void
    ) throws {
        let parts = PodParts(
            workspace: workspace, config: config, share: share, journal: journal, environment: environment,
            clock: clock,
            log: log)
        let made: PodParts.Made
        switch config.pod.provider {
        case .local: (made, runPod, way) = (try parts.local(), nil, nil)
        case .ssh: (made, way, runPod) = try parts.ssh()
        case .runpod: (made, way, runPod) = try parts.runPod(warn: warn)
        }
        provider = made.provider
        var settings = KeeperSettings(
            idle: IdleSettings(
                idleStop: config.pod.idleStop, unpulledMaxUSD: config.pod.runPod.unpulledMaxUSD,
                stopsMachines: made.provider.features.stopsMachines),
            budget: BudgetSettings(totalUSD: config.budgetUSD, warnAt: config.warnAt))
        settings.expectedUSDPerHour = made.expectedUSDPerHour
        settings.wordEvery = min(120, config.pod.deadMan / 4)
        settings.gpus = config.pod.runPod.gpus
        keeper = PodKeeper(
            provider: made.provider, bootstrap: made.bootstrap, transfer: made.transfer,
            store: JournalPodStore(provider: made.provider.name, journal: journal, clock: clock), settings: settings,
            clock: clock, log: log, changed: changed)
        var jobs = JobSettings()
        jobs.stall.stallAfter = config.stallAfter
        pod = Pod(
            access: keeper, store: JournalJobStore(journal: journal, clock: clock),
            home: HomeCheckpoints(root: workspace.checkpoints), settings: jobs, clock: clock, log: log)
    }
}

/// What the parts are made from.
private struct PodParts {
    struct Made {
        var provider: any Provider
        var bootstrap: any Bootstrap
        var transfer: @Sendable (Machine) -> any Transfer
        /// What an hour will cost before anybody has said what it costs, USD.
        var expectedUSDPerHour = 0.0
    }
    let workspace: Workspace
    let config: Config
    let share: Share
    let journal: Journal
    let environment: [String: String]
    let clock: any WallClock
    let log: Logger

    func local() throws -> Made {
        let python = PythonEnvironment(share: share, environment: environment)
        let interpreter = try python.interpreter()
        let provider = LocalProvider(
            workdir: workspace.localPod, workerCommand: [interpreter.string, "-m", "caid_worker"],
            environment: python.childEnvironment)
        return Made(
            provider: provider, bootstrap: EnvironmentBootstrap(python: python),
            transfer: { machine in
                PodTransfer(agent: [interpreter.string, "-m", "caid_worker.transfer"], connections: 1) {
                    () throws(GPUError) in try await provider.connect(to: machine)
                }
            })
    }

    func ssh() throws -> (Made, SSHWay, RunPodProvider?) {
        let settings = config.pod.ssh
        let endpoint = SSHEndpoint(host: settings.host, port: settings.port, user: settings.user)
        let way = SSHWay(
            key: secrets.path(settings.key), knownHosts: secrets.path(settings.knownHosts),
            pinOnFirstUse: settings.pinOnFirstUse, workdir: settings.workdir, isPinnedByMachine: false,
            worker: try WorkerFiles.bundle(share, files: RealFiles()), tell: tell)
        let provider = SSHHostProvider(endpoint, usdPerHour: settings.usdPerHour) { machine throws(GPUError) in
            try await way.open(machine)
        }
        return (
            made(provider, way, expected: settings.usdPerHour) { _ in nil }, way, nil
        )
    }

    func runPod(warn: (String) -> Void) throws -> (Made, SSHWay, RunPodProvider?) {
        let settings = config.pod.runPod
        let key = try secrets.runPodKey(agentsAtWork: config.firstAgentQueue != nil, warn: warn)
        let way = SSHWay(
            key: secrets.path(settings.key), knownHosts: workspace.own.appending("known_hosts"), pinOnFirstUse: true,
            workdir: settings.workdir, isPinnedByMachine: true,
            worker: try WorkerFiles.bundle(share, files: RealFiles()), tell: tell)
        let provider = RunPodProvider(
            settings: RunPodSettings(
                api: settings.api, baseURL: settings.baseURL, apiKey: key, pod: settings.pod,
                networkVolume: settings.networkVolume, gpus: settings.gpus, image: settings.image,
                volumeGB: settings.volumeGB, maxUSDPerHour: settings.maxUSDPerHour, namePrefix: namePrefix),
            version: Version.text, store: JournalMachineStore(provider: "runpod", journal: journal, clock: clock),
            clock: clock
        ) { machine throws(GPUError) in try await way.open(machine) }
        let (deadMan, deadManMax) = (config.pod.deadMan, config.pod.deadManMax)
        let (kind, base) = (settings.api == .v2 ? "runpod-v2" : "runpod-graphql", provider.baseURL)
        let made = made(provider, way, expected: settings.maxUSDPerHour) { machine in
            DeadManSettings(
                dead_man_s: deadMan, dead_man_max_s: deadManMax,
                stop: DeadManSettings.Stop(kind: kind, base_url: base, pod: machine.id))
        }
        return (made, way, provider)
    }

    private func made(
        _ provider: any Provider, _ way: SSHWay, expected: Double,
        deadMan: @escaping @Sendable (Machine) -> DeadManSettings?
    ) -> Made {
        let mostBytes = Int(config.transferMiBPerSecond * 1_048_576)
        return Made(
            provider: provider, bootstrap: RemoteBootstrap(worker: way.worker, deadMan: deadMan),
            transfer: { machine in
                PodTransfer(
                    agent: way.worker.transferCommand(in: way.workdir(of: machine)), maxBytesPerSecond: mostBytes
                ) { () throws(GPUError) in try await provider.connect(to: machine) }
            }, expectedUSDPerHour: expected)
    }

    private var secrets: Secrets { Secrets(workspace: workspace, environment: environment, files: RealFiles()) }

    private var tell: @Sendable (String) -> Void {
        let store = JournalPodStore(provider: config.pod.provider.rawValue, journal: journal, clock: clock)
        return { [log] words in
            log.notice("\(words)")
            try? store.happened(words)
        }
    }

    /// Different for each workspace, so that two of them never take each other's pods.
    private var namePrefix: String { "caid-" + SHA256.hex(of: workspace.root.string).prefix(8) }
}
