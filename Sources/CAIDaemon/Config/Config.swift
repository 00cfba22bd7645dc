// Owns the configuration in force: cai.yaml merged over the defaults, checked for values that make no sense.
// Never read twice in a run; what a change means is decided when it is read again.

import CAISystem
import CAIWorkflow
import CAIYAML
import SystemPackage

/// The configuration with its defaults filled in.
struct Config: Sendable {
    struct Queue: Sendable {
        var executor: ConfigFile.ExecutorKind
        /// How many of its tasks run at once.
        var concurrency = 1
        /// The agent program and its arguments.
        var command: [String] = []
        /// Seconds that an agent may take in all; the header's `timeout` goes before it.
        var timeout = 7200.0
        /// Seconds that an agent may go without printing anything.
        var idleTimeout = 900.0
        /// Further attempts after a failed one; the header's `retries` go before it.
        var retries = 0
        /// Whether a task's header may name a program to verify it with.
        var allowVerify = false
        /// The variables of our environment that its programs see.
        var env = Config.plainEnvironment
    }
    struct Reviewer: Sendable {
        var command: [String]
        /// Seconds.
        var timeout = 1800.0
    }
    static let plainEnvironment = ["PATH", "HOME", "LANG"]
    var pod = PodConfig()
    /// Seconds.
    var settle = 2.0
    /// Seconds.
    var checkpointEvery = 1800.0
    /// Seconds without useful progress after which a job counts as stalled.
    var stallAfter = 900.0
    /// 0 is no cap.
    var transferMiBPerSecond = 0.0
    var budgetUSD = 300.0
    /// 0…1 of the budget, from which on it is warned.
    var warnAt = 0.8
    var queues: [String: Queue] = [
        "gpu": Queue(executor: .pipeline),
        "claude_code": Queue(executor: .agent, command: ["claude", "-p"], retries: 1),
    ]
    var reviewers: [String: Reviewer] = [
        "codex": Reviewer(command: ["codex", "exec", "-"]),
        "gemini": Reviewer(command: ["gemini", "-p"]),
    ]
    var baseModel = "tiny"

    var provider: ConfigFile.Provider { pod.provider }

    /// The parameters' profile that fits the model: what depends on a model's size stands in a pipeline's profiles.
    var profile: String { baseModel.split(separator: ":").first == "tiny" ? "tiny" : "32b" }

    /// The configuration of a workspace, and everything that is wrong with it, in the file's order. Where anything is
    /// wrong there is no configuration.
    static func load(_ workspace: Workspace, _ files: any FileOperations) throws -> (
        config: Config?, problems: [YAMLError]
    ) {
        guard try files.status(workspace.configuration) != nil else {
            let error = YAMLError(
                file: workspace.configuration.string, line: 1, column: 1,
                message: "there is no cai.yaml here; `caid init` makes a workspace")
            return (nil, [error])
        }
        let bytes: [UInt8]
        do { bytes = try files.read(workspace.configuration) } catch let error as Errno {
            throw UsageError("\(workspace.configuration): cannot be read (links are not followed): \(error)")
        }
        return parse(bytes, file: workspace.display(workspace.configuration))
    }

    static func parse(_ bytes: [UInt8], file: String) -> (config: Config?, problems: [YAMLError]) {
        let (raw, found) = YAMLDecoder(strict: true).diagnose(ConfigFile?.self, from: bytes, file: file)
        guard found.isEmpty, let document = try? YAMLDocument.parse(bytes, file: file) else { return (nil, found) }
        var config = Config()
        var problems: [YAMLError] = []
        func complain(_ path: [String], _ message: String) {
            let node = path.reduce(document.root as YAMLNode?) { $0?[$1] }
            problems.append(document.error(at: (node ?? document.root).mark, message))
        }
        guard let raw = raw ?? nil else { return (config, []) }
        if let pod = raw.pod { config.pod.take(pod, complain) }
        config.settle = raw.settle?.seconds ?? config.settle
        config.checkpointEvery = raw.checkpoint_every?.seconds ?? config.checkpointEvery
        config.stallAfter = raw.stall_after?.seconds ?? config.stallAfter
        config.transferMiBPerSecond = raw.transfer?.max_mib_s ?? config.transferMiBPerSecond
        config.budgetUSD = raw.budget?.total_usd ?? config.budgetUSD
        config.warnAt = raw.budget?.warn_at ?? config.warnAt
        config.baseModel = raw.model?.base ?? config.baseModel
        config.take(queues: raw.queues ?? [:], reviewers: raw.reviewers ?? [:], complain)
        if config.checkpointEvery < 1 { complain(["checkpoint_every"], "must be at least 1s") }
        if config.budgetUSD < 0 || !config.budgetUSD.isFinite {
            complain(["budget", "total_usd"], "must be a number, not negative")
        }
        if config.stallAfter < 1 { complain(["stall_after"], "must be at least 1s") }
        if config.transferMiBPerSecond < 0 || config.transferMiBPerSecond > 1e6 || config.transferMiBPerSecond.isNaN {
            complain(["transfer", "max_mib_s"], "must be MiB per second, 0 for no cap")
        }
        if !(0...1).contains(config.warnAt) {
            complain(["budget", "warn_at"], "must lie between 0 and 1")
        }
        problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        return (problems.isEmpty ? config : nil, problems)
    }
}
