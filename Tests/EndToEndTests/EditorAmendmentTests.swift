// Owns the promise that a task which is saved again while it is at work runs once, and that the newer text is kept beside it.
// The agent here is a script that writes down what it was given, and works until it is told to stop.

import Foundation
import Testing

@Suite("Saved while it is at work", .serialized)
struct EditorAmendmentTests {
    /// One save each by the ways of saving that leave different traces.
    private static let savers = [
        Saver("vim backupcopy=no", needs: "vim", vim("backup backupcopy=no")),
        Saver("vim backupcopy=yes", needs: "vim", vim("backup backupcopy=yes")),
        Saver("renamed", "cp \"$S\" \"$D/.new\"; mv \"$D/.new\" \"$T\""),
        Saver("in place", "cat \"$S\" > \"$T\""),
        Saver("slowly", "{ head -c 9 \"$S\"; sleep 1.5; tail -c +10 \"$S\"; } > \"$T\""),
    ]

    private static func vim(_ settings: String) -> String {
        "vim -Nu NONE -es -c 'set \(settings)' -c \"%!cat $S\" -c 'w' -c 'q' \"$T\""
    }

    private func workspace(settle: String = "0.5s") async throws -> EditorWorkspace {
        let script = """
            cat > "$HOME/started.$$"
            while ! [ -e "$HOME/stop" ]; do sleep 0.05; done
            echo "done as asked"
            """
        // The agent's HOME is a folder beside the workspace's.
        let workspace = try await EditorWorkspace(
            configuration: """
                settle: \(settle)
                queues:
                  gpu: {executor: agent, command: [sh, -c, 'HOME=$PWD/beside; export HOME; exec sh beside/agent.sh'], concurrency: 9}
                """, beside: ["agent.sh": script])
        return workspace
    }

    /// What the agent was given, once for each time that it ran.
    private func prompts(_ workspace: EditorWorkspace) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: workspace.beside.path).filter { $0.hasPrefix("started.") }
            .map { try String(contentsOf: workspace.beside.appending(path: $0), encoding: .utf8) }
    }

    private func task(_ name: String, _ words: String) -> String {
        "# Task: \(name)\n\n" + String(repeating: "\(words)\n", count: 50) + "the end of \(words)\n"
    }

    @Test("whatever program saves it: one run, with the text that was claimed; the newer one lies in blocked/")
    func amendments() async throws {
        let savers = Self.savers.filter { isInstalled($0.needs) }
        for saver in Self.savers where !isInstalled(saver.needs) { print("skipped: \(saver.name), not installed") }
        let workspace = try await workspace()
        for saver in savers { try workspace.place(saver.file, task(saver.name, "as claimed")) }
        try await workspace.wait(for: "start of all") { try prompts(workspace).count == savers.count }
        let saving = try savers.map { try workspace.shell($0.script, saving: task($0.name, "as amended"), as: $0.file) }
        for process in saving {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        let kept = savers.map { "\($0.file.dropLast(3)).amended-1.md" }.sorted()
        try await workspace.wait(for: "amendments") { workspace.names("blocked") == kept }
        try Data().write(to: workspace.beside.appending(path: "stop"))
        try await workspace.wait(for: "end of all") { workspace.names("completed").count == savers.count }
        for saver in savers {
            let amended = "tasks/gpu/blocked/\(saver.file.dropLast(3)).amended-1.md"
            #expect(try workspace.caid.text(amended) == task(saver.name, "as amended"), "\(saver.name)")
            let done = try workspace.caid.text("tasks/gpu/completed/\(saver.file)")
            #expect(done.hasPrefix(task(saver.name, "as claimed")), "\(saver.name)")
            #expect(done.contains("done as asked"))
        }
        // Long enough for a second run, had there been anything to run.
        try workspace.place("last.md", task("last", "as claimed"))
        try await workspace.wait(for: "end of the last") { workspace.names("completed").contains("last.md") }
        let given = try prompts(workspace)
        #expect(given.count == savers.count + 1)
        #expect(given.allSatisfy { $0.contains("the end of as claimed") && !$0.contains("as amended") })
        #expect(workspace.names("pending").allSatisfy { $0.hasSuffix("~") }, "vim's backups, and nothing else")
    }

    @Test("saved a moment before its task ends, before the new text has settled: an amendment all the same")
    func lateAmendment() async throws {
        let workspace = try await workspace(settle: "3s")
        try workspace.place("t.md", task("t", "as claimed"))
        try await workspace.wait(for: "start") { try prompts(workspace).count == 1 }
        try Data(task("t", "as amended").utf8).write(to: workspace.pending("t.md"))
        try Data().write(to: workspace.beside.appending(path: "stop"))
        try await workspace.wait(for: "end") { workspace.names("completed") == ["t.md"] }
        // It settles after whatever lies in pending/ by now.
        try Data(task("last", "as claimed").utf8).write(to: workspace.pending("last.md"))
        try await workspace.wait(for: "end of the last") { workspace.names("completed").contains("last.md") }
        #expect(try prompts(workspace).count == 2, "the task and the last one, each once")
        #expect(workspace.names("blocked") == ["t.amended-1.md"])
        #expect(try workspace.caid.text("tasks/gpu/blocked/t.amended-1.md") == task("t", "as amended"))
    }

    @Test(
        "an agent that edits its own task file in place, and a person who does, lose nothing, and the daemon's lines come after"
    )
    func edited() async throws {
        let workspace = try await workspace()
        try workspace.place("t.md", task("t", "as claimed"))
        try await workspace.wait(for: "start") { try prompts(workspace).count == 1 }
        let path = workspace.caid.root.appending(path: "tasks/gpu/in_progress/t.md")
        let handle = try FileHandle(forWritingTo: path)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("- a person's own line\n".utf8))
        try handle.close()
        try Data().write(to: workspace.beside.appending(path: "stop"))
        try await workspace.wait(for: "end") { workspace.names("completed") == ["t.md"] }
        let done = try workspace.caid.text("tasks/gpu/completed/t.md")
        #expect(done.hasPrefix(task("t", "as claimed")))
        #expect(done.components(separatedBy: "- a person's own line\n").count == 2)
        #expect(done.contains("started as run t") && done.contains("completed: "))
    }
}
