// Owns which checks there are for a workspace and its configuration; they run at the same time and are told in a fixed order.
// Never decides how any of them is.

import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import SystemPackage

/// All the checks of `caid doctor`.
struct Examination: Sendable {
    let folder: FilePath
    let environment: [String: String]
    /// nil outside a workspace.
    let workspace: Workspace?

    func run() async -> [Diagnosis] {
        let (configuration, config) = configuration()
        let machine = MachineChecks(folder: folder, environment: environment) { [environment] in
            try PythonEnvironment(
                share: Share.find(environment: environment, files: RealFiles()), environment: environment
            )
            .interpreter()
        }
        let checks: [@Sendable () async -> [Diagnosis]] = [
            { [configuration] }, { [await machine.python()] }, { [await machine.environmentOfJobs()] },
            { [machine.libraries(), machine.disk(), machine.inotify()] }, { [await machine.git()] },
            { await pod(config) },
        ]
        return await withTaskGroup(of: (Int, [Diagnosis]).self) { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await check()) } }
            var found = [[Diagnosis]](repeating: [], count: checks.count)
            for await (index, diagnoses) in group { found[index] = diagnoses }
            return found.flatMap(\.self)
        }
    }

    private func configuration() -> (Diagnosis, Config?) {
        let name = "cai.yaml"
        guard let workspace else {
            return (.warn(name, "no workspace is here", "`caid init` makes one, `--root DIR` names one"), nil)
        }
        do {
            let (config, problems) = try Config.load(workspace, RealFiles())
            guard let config else {
                return (.bad(name, problems.map(\.description).joined(separator: "; "), "`caid check` shows each"), nil)
            }
            return (.ok(name, "pod.provider is \(config.provider.rawValue)"), config)
        } catch { return (.bad(name, "\(error)"), nil) }
    }

    private func pod(_ config: Config?) async -> [Diagnosis] {
        guard let config, let workspace else { return [] }
        let secrets = Secrets(workspace: workspace, environment: environment, files: RealFiles())
        return switch config.provider {
        case .local: []
        case .ssh: await ssh(config.pod.ssh, secrets).all()
        case .runpod: await runPod(config, workspace, secrets).all()
        }
    }

    private func ssh(_ pod: PodConfig.SSH, _ secrets: Secrets) -> SSHChecks {
        let endpoint = SSHEndpoint(host: pod.host, port: pod.port, user: pod.user)
        return SSHChecks(
            endpoint: endpoint, key: Self.keyFile(secrets.path(pod.key)),
            hostKey: HostKeyPolicy(
                file: secrets.path(pod.knownHosts), name: HostKeyPolicy.name(of: endpoint),
                pinOnFirstUse: pod.pinOnFirstUse),
            workdir: pod.workdir, section: "pod.ssh")
    }

    private func runPod(_ config: Config, _ workspace: Workspace, _ secrets: Secrets) -> RunPodChecks {
        let pod = config.pod.runPod
        let key = Self.keyFile(secrets.path(pod.key))
        return RunPodChecks(
            account: { warn in
                let apiKey = try secrets.runPodKey(agentsAtWork: config.firstAgentQueue != nil, warn: warn)
                let provider = RunPodProvider(
                    settings: RunPodSettings(
                        api: pod.api, baseURL: pod.baseURL, apiKey: apiKey, pod: pod.pod,
                        networkVolume: pod.networkVolume, gpus: pod.gpus, image: pod.image, volumeGB: pod.volumeGB,
                        maxUSDPerHour: pod.maxUSDPerHour, namePrefix: "caid-doctor"),
                    version: Version.text, store: PodAsRemembered(journal: try Journal(reading: workspace.journal))
                ) { _ throws(GPUError) in throw GPUError(.refused, "the doctor takes its own way to a pod") }
                return (
                    apiKey.source,
                    RunPodChecks.Account(
                        balance: { try await provider.balance() }, machine: { try await provider.machine() },
                        volume: { try await provider.networkVolume().map { ($0.volume.id, $0.usdPerHour) } })
                )
            },
            clockSkew: { try await HTTPProbe.clockSkew(pod.baseURL, version: Version.text, clock: SystemWallClock()) },
            configuredPod: pod.pod, maxUSDPerHour: pod.maxUSDPerHour, sshKey: key,
            ssh: { machine, endpoint in
                SSHChecks(
                    endpoint: endpoint, key: key,
                    hostKey: HostKeyPolicy(
                        file: workspace.own.appending("known_hosts"),
                        name: "\(machine.id).\(endpoint.host).\(endpoint.port)", pinOnFirstUse: true),
                    workdir: pod.workdir, section: "pod.runpod")
            })
    }

    /// nil where there is no such file and an agent may have the key.
    private static func keyFile(_ path: FilePath) -> FilePath? {
        let isThere = (try? RealFiles().status(path)) != nil
        return isThere || SSHSettings.agentOfThisProcess == nil ? path : nil
    }
}

/// Which pod is ours, for a look: what nobody knows the outcome of is left to the daemon.
private struct PodAsRemembered: MachineStore {
    let journal: Journal?

    func memory() throws -> MachineMemory {
        guard let journal else { return MachineMemory() }
        let clock = SystemWallClock()
        let all = try JournalMachineStore(provider: "runpod", journal: journal, clock: clock).memory()
        return MachineMemory(pod: all.pod)
    }

    func creating(_ intent: MachineMemory.Intent) throws {}
    func created(_ pod: MachineMemory.Pod) throws {}
    func notCreated(_ name: String) throws {}
    func gone(_ id: String) throws {}
}
