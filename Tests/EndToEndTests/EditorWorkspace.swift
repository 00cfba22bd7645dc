// Owns a workspace with the daemon at work in it, and running other people's programs against it: editors, copiers, shells.
// Every task text here tells by itself whether it is whole.
// Never reaches into the daemon; what it claimed is judged by what it wrote.

import Foundation
import Testing

/// `caid run` in the background over a fresh workspace; stopped at the end.
final class EditorWorkspace: Sendable {
    let caid: Caid
    /// For files that come from elsewhere: on the workspace's file system, and on another one where there is one.
    let beside: URL
    let elsewhere: URL
    private let daemon: Process

    /// Returns once the daemon is at work.
    /// - Parameter files: to lie in `beside` from the start.
    init(configuration: String = "settle: 1s\n", beside files: [String: String] = [:]) async throws {
        caid = try Caid(configuration: configuration)
        beside = caid.root.appending(path: "beside")
        let memory = URL(filePath: "/dev/shm")
        elsewhere =
            FileManager.default.isWritableFile(atPath: memory.path)
            ? memory.appending(path: "caid-\(UUID().uuidString)") : beside.appending(path: "elsewhere")
        for folder in [beside, elsewhere] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for (name, text) in files { try Data(text.utf8).write(to: beside.appending(path: name)) }
        daemon = Process()
        daemon.executableURL = Caid.executable
        daemon.arguments = ["run", "--root", caid.root.path]
        daemon.standardOutput = FileHandle.nullDevice
        daemon.standardError = FileHandle.nullDevice
        try daemon.run()
        try await wait(for: "status of a running daemon") {
            (try? caid.text("status/status.json"))?.range(of: #""running"\s*:\s*true"#, options: .regularExpression)
                != nil
        }
    }

    deinit {
        daemon.terminate()
        daemon.waitUntilExit()
        try? FileManager.default.removeItem(at: elsewhere)
    }

    func pending(_ name: String) -> URL { caid.root.appending(path: "tasks/gpu/pending/\(name)") }

    /// Names in one of the queue's folders, sorted.
    func names(_ state: String) -> [String] {
        let folder = caid.root.appending(path: "tasks/gpu/\(state)").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Puts a file into `pending/` whole, by rename.
    func place(_ name: String, _ text: String) throws {
        let temporary = beside.appending(path: UUID().uuidString)
        try Data(text.utf8).write(to: temporary)
        try FileManager.default.moveItem(at: temporary, to: pending(name))
    }

    /// A shell script with `$S`, a file that holds `text`; `$T`, the task's place in `pending/`; `$D`, that folder; `$W`, a
    /// folder beside the workspace's; `$X`, one on another file system.
    func shell(_ script: String, saving text: String = "", as name: String = "") throws -> Process {
        let source = beside.appending(path: UUID().uuidString)
        try Data(text.utf8).write(to: source)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-euc", script]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "S": source.path, "T": pending(name).path, "D": pending("").path, "W": beside.path, "X": elsewhere.path,
        ]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }

    func wait(for what: String, seconds: Double = 60, until isDone: () throws -> Bool) async throws {
        let end = Date().addingTimeInterval(seconds)
        while try !isDone() {
            guard Date() < end else { throw TimeoutError(description: "no \(what) within \(seconds) s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// Whether a program is installed; a test that needs one which is not says so and is skipped.
func isInstalled(_ program: String) -> Bool {
    ["/usr/bin", "/bin", "/usr/local/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
}

/// A task that is sent to `blocked/` as soon as it is claimed, since the last line of its long header is malformed. Claimed
/// before all of it was written, it is blocked for another reason or with another text.
struct WholeText {
    let text: String
    /// Where the daemon finds the mistake, if the whole text lay before it.
    let mistake: String

    init(_ name: String, lines: Int = 40) {
        let header = ["---"] + (1...lines).map { "x\($0): \(name), line \($0)" } + ["needs: [one", "---"]
        let body = header + ["# Task: \(name)", ""]
        text = body.joined(separator: "\n") + "\nthe end of \(name)\n"
        mistake = "\(name):\(header.count):1: "
    }

    /// A task that waits for another century, so that a saver has something to save over.
    static func waiting(_ name: String) -> String {
        "---\nnot_before: 2126-11-22T08:00:00Z\n---\n# Task: \(name)\n"
            + String(repeating: "as it was before\n", count: 99)
    }

    /// What is wrong with a file that the daemon has been through, or nil where it claimed the whole text, once.
    func fault(in result: String) -> String? {
        guard result.hasPrefix(text) else { return "not the whole text: …\(result.suffix(300))" }
        let own = result.dropFirst(text.count).split(separator: "\n")
        guard own.count == 3, own[0] == "## Status Updates", own[1].contains("started as run"),
            own[2].contains("blocked: the header is malformed: \(mistake)")
        else { return "not claimed once and whole: \(own.joined(separator: "\n"))" }
        return nil
    }
}
