// Owns asking for something with a command: handed to the daemon that runs, or carried out here where none does.
// Never acts beside a running daemon: who holds the lock alone writes.

import ArgumentParser
import CAIJournal
import CAISystem
import CAIWorkflow
import FoundationEssentials
import SystemPackage

/// What `approve`, `retry` and `cancel` have in common.
protocol OrderCommand: AsyncParsableCommand {
    static var verb: Order.Verb { get }
    var task: String { get }
    var json: Bool { get }
    var options: WorkspaceOptions { get }
}

extension OrderCommand {
    func run() async throws {
        try await reporting {
            let workspace = try options.workspace()
            let config = try options.config(workspace)
            let order = Order(Self.verb, task: task, at: SystemWallClock().now())
            let reply = try await Self.ask(order, workspace, config)
            if json {
                print(String(decoding: try CanonicalJSON.encode(reply, pretty: true), as: UTF8.self), terminator: "")
            } else if reply.outcome == .done {
                print(reply.message)
            }
            switch reply.outcome {
            case .done: return
            case .refused:
                if !json { complain("caid: \(reply.message)") }
                throw ExitCode(ExitStatus.failed)
            case .unclear:
                if !json { complain("caid: \(reply.message)") }
                throw ExitCode(ExitStatus.usage)
            }
        }
    }

    private static func ask(_ order: Order, _ workspace: Workspace, _ config: Config) async throws -> OrderReply {
        let files = RealFiles()
        try files.makeDirectories(workspace.own)
        let box = OrderBox(workspace, files: files)
        let id = try box.post(order)
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if let reply = try box.takeReply(id) { return reply }
            if let lock = try FileLock.acquire(workspace.lock) {
                defer { withExtendedLifetime(lock) {} }
                // The daemon may have answered and ended in this moment.
                if let reply = try box.takeReply(id) { return reply }
                return try carryOut(order, id, box, workspace, config)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        if box.withdraw(id) {
            return OrderReply(
                .refused,
                "the daemon (pid \(FileLock.holder(of: workspace.lock) ?? 0)) did not answer within 10 s; nothing was changed"
            )
        }
        return try box.takeReply(id)
            ?? OrderReply(.refused, "the daemon took the request and has not answered yet: see `caid status`")
    }

    private static func carryOut(
        _ order: Order, _ id: String, _ box: OrderBox, _ workspace: Workspace, _ config: Config
    ) throws -> OrderReply {
        let journal = try Journal(writing: workspace.journal)
        let dispatcher = Dispatcher(
            workspace: workspace, rules: BoardRules(config), settle: config.settle,
            store: JournalTaskStore(journal: journal))
        let reply = try dispatcher.carryOut(order).reply
        _ = box.withdraw(id)
        return reply
    }
}
