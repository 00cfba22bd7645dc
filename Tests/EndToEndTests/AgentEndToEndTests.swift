// Agent programs with the real daemon: what each way of ending comes to, and that neither the daemon's death nor its end starts
// one twice or leaves one behind.

import Foundation
import Testing

@Suite("Agents, end to end")
struct AgentEndToEndTests {
    /// A workspace whose agent is this shell script.
    private func workspace(_ script: String, _ queue: String = "") throws -> Caid {
        let caid = try Caid(
            configuration: """
                settle: 0.2s
                queues:
                  claude_code: {executor: agent, command: [sh, agent.sh], allow_verify: true\(queue)}

                """)
        try caid.write("agent.sh", script)
        return caid
    }

    private func drop(_ caid: Caid, _ header: String = "", _ name: String = "20261121_P1_task.md") throws {
        let front = header.isEmpty ? "" : "---\n\(header)\n---\n"
        try caid.drop(name, front + "# Task: Do it\n", queue: "claude_code")
    }

    private func task(_ caid: Caid, _ state: String, _ name: String = "20261121_P1_task.md") throws -> String {
        try caid.text("tasks/claude_code/\(state)/\(name)")
    }

    /// Programs that belong to a workspace, known by its folder in their arguments or their working directory.
    private func programs(of caid: Caid) -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { Int($0) != nil }.filter {
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")
            return folder == caid.root.resolvingSymlinksInPath().path
        }
    }

    private func wait(_ what: String, seconds: Double = 30, until isTrue: () throws -> Bool) async throws {
        let end = Date().addingTimeInterval(seconds)
        while try !isTrue() {
            guard Date() < end else { throw TimeoutError(description: "\(what): not within \(seconds) s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(
        "the text on standard input, a scrubbed environment, the workspace as folder, output in the log, notes in the file"
    )
    func success() throws {
        let caid = try workspace(
            "cat > got.md; env | sort > environment.txt; echo to-stderr >&2; echo 'Changed three files.'",
            ", env: [PATH]")
        try drop(caid)
        let result = try caid.drain()
        #expect(result.status == 0, "\(result.output)")
        #expect(try caid.text("got.md") == "# Task: Do it\n")
        let names = try caid.text("environment.txt").split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == ["PATH"])
        let log = try caid.text("status/logs/20261121_P1_task.log")
        #expect(log.contains("to-stderr") && log.contains("Changed three files."))
        let done = try task(caid, "completed")
        #expect(done.contains("## Completion Notes") && done.contains("- Result: Changed three files."))
        #expect(try caid.names(".caid/processes") == [], "nothing is left behind")
    }

    @Test("a failure is tried again after a pause; the same one twice in a row is not tried a third time")
    func sameFailureTwice() throws {
        let caid = try workspace(
            "cat > /dev/null; echo run >> runs.txt; echo 'cannot find the data'; exit 1", ", retries: 5")
        try drop(caid)
        let result = try caid.drain()
        #expect(result.status == 3, "\(result.output)")
        #expect(try caid.text("runs.txt") == "run\nrun\n")
        let blocked = try task(caid, "blocked")
        #expect(blocked.contains("attempt 2 of 6 follows") && blocked.contains("failed the same way twice in a row"))
        #expect(blocked.contains("cannot find the data") && blocked.contains("caid retry"))

        // Mended, and tried again on a person's word: the attempts are counted anew.
        try caid.write("agent.sh", "cat > /dev/null; echo 'works now'")
        let retry = try Caid.run(["retry", "20261121_P1_task", "--root", caid.root.path])
        #expect(retry.status == 0 && retry.output.contains("tasks/claude_code/pending/"), "\(retry.output)")
        #expect(try caid.drain().status == 0)
        #expect(try task(caid, "completed").contains("works now"))
    }

    @Test("silence is no success, and a result in JSON counts more than the exit code")
    func outcomes() throws {
        let caid = try workspace(
            """
            case "$(cat)" in
              *silent*) exit 0 ;;
              *error*) echo '{"type":"result","is_error":true,"result":"I could not do it"}' ;;
              *fine*) echo '{"type":"result","is_error":false,"result":"All is well"}'; exit 1 ;;
            esac
            """, ", retries: 0")
        for word in ["silent", "error", "fine"] {
            try caid.drop("P1_\(word).md", "# Task: \(word)\n", queue: "claude_code")
        }
        #expect(try caid.drain().status == 3)
        #expect(try task(caid, "blocked", "P1_silent.md").contains("without a word"))
        #expect(try task(caid, "blocked", "P1_error.md").contains("I could not do it"))
        #expect(try task(caid, "completed", "P1_fine.md").contains("All is well"))
    }

    @Test("a quota puts the task back until the time that the program named, and a drain does not wait for it")
    func quota() throws {
        let caid = try workspace(
            "cat > /dev/null; echo run >> runs.txt; echo 'Usage limit reached|4102444800' >&2; exit 1")
        try drop(caid)
        let result = try caid.drain()
        #expect(result.status == 0, "\(result.output)")
        #expect(try caid.text("runs.txt") == "run\n")
        #expect(caid.exists("tasks/claude_code/pending/20261121_P1_task.md"))
        #expect(try caid.text("status/QUEUE.md").contains("has used up its quota"))
        // A person who knows better says so.
        try caid.write("agent.sh", "cat > /dev/null; echo done")
        #expect(try Caid.run(["retry", "20261121_P1_task.md", "--root", caid.root.path]).status == 0)
        #expect(try caid.drain().status == 0)
        #expect(caid.exists("tasks/claude_code/completed/20261121_P1_task.md"))
    }

    @Test("at its timeout a program is ended with all that it started, also what left its group")
    func timeout() throws {
        let caid = try workspace(
            """
            cat > /dev/null
            setsid sh -c 'trap "" TERM; sleep 300' &
            (sh -c 'sleep 300' &)
            sleep 300
            """, ", timeout: 1s, retries: 0")
        try drop(caid)
        let result = try caid.drain()
        #expect(result.status == 3, "\(result.output)")
        #expect(try task(caid, "blocked").contains("longer than its timeout"))
        #expect(programs(of: caid) == [])
    }

    @Test("verify decides: what does not exit with 0 does not complete, and its output says why")
    func verify() throws {
        let caid = try workspace("cat > /dev/null; echo 'I am sure that it works.'", ", retries: 0")
        try drop(caid, "verify: sh -c 'echo two tests failed; exit 2'")
        #expect(try caid.drain().status == 3)
        let blocked = try task(caid, "blocked")
        #expect(blocked.contains("not verified") && blocked.contains("exited with 2: two tests failed"))
    }

    @Test("a daemon killed while an agent works finds it again: started once, completed once")
    func killedDaemon() async throws {
        let caid = try workspace(
            "cat > /dev/null; echo run >> runs.txt; while [ ! -e go ]; do sleep 0.05; done; echo done")
        try drop(caid)
        let first = try caid.startDraining()
        try await wait("the agent to run") { caid.exists("runs.txt") }
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        #expect(caid.exists("tasks/claude_code/in_progress/20261121_P1_task.md"))
        let second = try caid.startDraining()
        try await Task.sleep(for: .milliseconds(500))
        // Asked to stop, the daemon leaves the agent at work and says that there is something left to do.
        second.terminate()
        second.waitUntilExit()
        #expect(second.terminationStatus == 75)
        try caid.write("go", "")
        let last = try caid.drain()
        #expect(last.status == 0, "\(last.output)")
        #expect(try caid.text("runs.txt") == "run\n")
        #expect(try task(caid, "completed").contains("- Result: done"))
    }

    @Test(
        "a supervisor killed with its agent leaves the outcome in doubt: blocked for a person, never run again by itself"
    )
    func inDoubt() async throws {
        let caid = try workspace("cat > /dev/null; echo run >> runs.txt; sleep 300")
        try drop(caid)
        let daemon = try caid.startDraining()
        try await wait("the agent to run") { caid.exists("runs.txt") }
        for process in programs(of: caid) { kill(Int32(process) ?? 0, SIGKILL) }
        let supervisors = try Caid.processes { $0.contains("supervise") && $0.contains(caid.root.path) }
        for process in supervisors { kill(process, SIGKILL) }
        for process in programs(of: caid) { kill(Int32(process) ?? 0, SIGKILL) }
        daemon.waitUntilExit()
        #expect(daemon.terminationStatus == 3)
        #expect(try task(caid, "blocked").contains("in doubt"))
        #expect(try caid.drain().status == 0)
        #expect(try caid.text("runs.txt") == "run\n")
    }

    @Test("cancel ends a running agent and takes its file to cancelled/; a waiting one just moves")
    func cancel() async throws {
        let caid = try workspace("cat > /dev/null; echo run >> runs.txt; sleep 300")
        try drop(caid)
        try drop(caid, "not_before: 2100-01-01T00:00:00Z", "20261121_P2_later.md")
        let daemon = try caid.startDraining()
        try await wait("the agent to run") { caid.exists("runs.txt") }
        for name in ["20261121_P1_task", "20261121_P2_later"] {
            let cancelled = try Caid.run(["cancel", name, "--root", caid.root.path])
            #expect(cancelled.status == 0, "\(cancelled.output)")
        }
        daemon.waitUntilExit()
        #expect(daemon.terminationStatus == 0)
        #expect(try caid.names("tasks/claude_code/cancelled") == ["20261121_P1_task.md", "20261121_P2_later.md"])
        #expect(programs(of: caid) == [])
        let again = try Caid.run(["cancel", "20261121_P1_task", "--root", caid.root.path])
        #expect(again.status == 1 && again.output.contains("is cancelled"), "\(again.output)")
    }

    @Test("approval: a box that came with the file approves nothing; the daemon's box, ticked, does")
    func approval() throws {
        let caid = try workspace("cat > /dev/null; echo run >> runs.txt; echo done")
        try caid.drop(
            "20261121_P1_task.md",
            "---\nrequires_approval: true\n---\n# Task: X\n\n- [x] Run this task <!-- caid:approval 0 -->\n",
            queue: "claude_code")
        #expect(try caid.drain().status == 0)
        #expect(!caid.exists("runs.txt"))
        let asked = try task(caid, "pending")
        #expect(asked.contains("- [ ] Run this task: tick this box, or run `caid approve 20261121_P1_task.md`"))
        try caid.drop(
            "20261121_P1_task.md", asked.replacing("- [ ] Run this task: tick", with: "- [x] Run this task: tick"),
            queue: "claude_code")
        #expect(try caid.drain().status == 0)
        #expect(try caid.text("runs.txt") == "run\n")
        #expect(caid.exists("tasks/claude_code/completed/20261121_P1_task.md"))
    }

    @Test("a file that a person takes away from its agent stops it; put back, it runs anew")
    func takenAway() async throws {
        let caid = try workspace("cat > /dev/null; echo run >> runs.txt; [ -e go ] || sleep 300; echo done")
        try drop(caid)
        let daemon = try caid.startDraining()
        try await wait("the agent to run") { caid.exists("runs.txt") }
        try caid.write("go", "")
        let (from, to) = (
            "tasks/claude_code/in_progress/20261121_P1_task.md", "tasks/claude_code/pending/20261121_P1_task.md"
        )
        try await wait("the claim to be written down") { try caid.text(from).contains("started as run") }
        try FileManager.default.moveItem(at: caid.root.appending(path: from), to: caid.root.appending(path: to))
        daemon.waitUntilExit()
        #expect(try caid.text("runs.txt") == "run\nrun\n")
        #expect(try task(caid, "completed").contains("- Result: done"))
        #expect(try caid.names("tasks/claude_code/blocked") == [], "moved back by hand is no amendment")
    }
}
