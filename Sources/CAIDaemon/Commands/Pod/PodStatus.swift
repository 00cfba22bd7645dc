// Owns showing how the pod stands: as the daemon last wrote it down, or asked of its provider where no daemon is at work.
// Never changes anything but, where no daemon is at work, the account.

import ArgumentParser
import CAIGPU
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials

struct PodStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the pod: its state, price and address, why it is kept, when it stops.",
        discussion: """
            Examples:
              caid pod status
              caid pod status --json | jq .usdPerHour
            """)

    @Flag(help: "The facts as JSON.")
    var json = false
    @OptionGroup var options: WorkspaceOptions

    /// What is printed as JSON.
    private struct Facts: Encodable {
        var at: String
        var isFresh: Bool
        var pod: PodFacts
    }

    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let facts = try await Self.facts(workspace, config)
            if json {
                print(String(decoding: try CanonicalJSON.encode(facts, pretty: true), as: UTF8.self), terminator: "")
            } else {
                print(Self.text(facts), terminator: "")
            }
        }
    }

    private static func facts(_ workspace: Workspace, _ config: Config) async throws -> Facts {
        try RealFiles().makeDirectories(workspace.own)
        if let lock = try FileLock.acquire(workspace.lock) {
            defer { withExtendedLifetime(lock) {} }
            let pod = try PodComposition(for: workspace, config, try Journal(writing: workspace.journal))
            let facts = try await pod.keeper.stand()
            return Facts(at: Date().instantText, isFresh: true, pod: facts)
        }
        guard let standing = try Journal(reading: workspace.journal)?.standing(JournalPodStore.standing) else {
            throw GPUError(.unreachable, "the daemon has not looked at the pod yet; ask again in a moment")
        }
        let at = Date(timeIntervalSince1970: standing.at)
        return Facts(
            at: at.instantText, isFresh: Date().timeIntervalSince(at) < 120,
            pod: try CanonicalJSON.decode(PodFacts.self, from: standing.json.utf8))
    }

    private static func text(_ facts: Facts) -> String {
        let pod = facts.pod
        var text = "\(pod.provider) pod \(pod.machine.isEmpty ? "" : "\(pod.machine) ")\(pod.state)"
        text += facts.isFresh ? "\n" : ", as of \(facts.at)\n"
        func row(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { text += "  \(name): \(PlainText.line(value))\n" }
        }
        row("GPU", pod.gpu)
        row("address", pod.endpoint)
        if pod.usdPerHour + pod.storageUSDPerHour > 0 {
            row("costs", "\(USD.text(pod.usdPerHour)) an hour, its disk \(USD.text(pod.storageUSDPerHour * 24)) a day")
        }
        row("verdict", pod.verdict)
        row("idle since", pod.idleSince.map { Date(timeIntervalSince1970: $0).instantText })
        row("stops at", pod.stopsAt.map { Date(timeIntervalSince1970: $0).instantText })
        row("not here yet", pod.unpulled.joined(separator: ", "))
        for warning in pod.warnings + pod.strays { row("note", warning) }
        return text
    }
}
