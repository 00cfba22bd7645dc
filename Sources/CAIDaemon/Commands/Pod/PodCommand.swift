// Owns the list of commands about the pod, and what they share: the pod of a workspace, put together.
// Never acts.

import ArgumentParser
import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import Logging

struct PodCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod",
        abstract: "Look at the pod, start and stop it, go there.",
        discussion: """
            Examples:
              caid pod status
              caid pod stop
              caid pod exec -- nvidia-smi
            """,
        subcommands: [
            PodStatus.self, PodStart.self, PodStop.self, PodShell.self, PodExec.self, PodSimulate.self,
        ])
}

extension PodComposition {
    /// The pod of a workspace, for a command.
    /// - Parameter journal: for reading where a daemon is at work.
    init(for workspace: Workspace, _ config: Config, _ journal: Journal) throws {
        var log = Logger(label: "caid") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .error
        let environment = environmentVariables()
        try self.init(
            workspace: workspace, config: config, share: try Share.find(environment: environment, files: RealFiles()),
            journal: journal, environment: environment, clock: SystemWallClock(), log: log, warn: complain)
    }
}

/// Carries out something that changes the pod: by the daemon that is at work, or by ourselves where none is.
struct PodAction {
    let workspace: Workspace
    let config: Config
    let order: PodOrder

    /// - Parameter alone: what is done where no daemon is at work.
    func run(alone: (PodComposition) async throws -> Void) async throws {
        try RealFiles().makeDirectories(workspace.own)
        if let lock = try FileLock.acquire(workspace.lock) {
            defer { withExtendedLifetime(lock) {} }
            return try await alone(try PodComposition(for: workspace, config, try Journal(writing: workspace.journal)))
        }
        let box = OrderBox(workspace)
        let id = try box.post(order)
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if let reply = try box.takeReply(id) {
                guard reply.outcome == .done else { throw GPUError(.refused, reply.message) }
                return try await follow()
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        guard box.withdraw(id) else { return try await follow() }
        throw GPUError(
            .unreachable,
            "the daemon (pid \(FileLock.holder(of: workspace.lock) ?? 0)) did not answer within 10 s; nothing was changed"
        )
    }

    /// Shows what the daemon writes down of the pod until it is where it was asked to be.
    private func follow() async throws {
        guard let journal = try Journal(reading: workspace.journal) else { return }
        let asked = order.at.timeIntervalSince1970
        var shown = ""
        for _ in 0..<4500 {
            if let standing = try journal.standing(JournalPodStore.standing), standing.at >= asked,
                let facts = try? CanonicalJSON.decode(PodFacts.self, from: standing.json.utf8)
            {
                let isThere =
                    order.pod == .start ? facts.state == "running" : ["stopped", "missing"].contains(facts.state)
                if isThere { return }
                let words = "\(facts.state): \(facts.warnings.first ?? facts.verdict)"
                if words != shown { complain(words) }
                shown = words
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw GPUError(.unreachable, "the daemon is still at it after 15 minutes; `caid pod status` shows how it goes")
    }
}
