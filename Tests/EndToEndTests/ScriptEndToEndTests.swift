// Owns scripts for real: sent to the pod, run there, their outputs at home; failing, killed, hostile.
// Never uses a model; the worker's runner is all they need.

import Foundation
import Testing

@Suite("Scripts", .serialized)
struct ScriptEndToEndTests {
    /// Counts to 60 from where it was, keeps where it is, and leaves a sum of its input.
    private static let counter = """
        import os, sys, time
        at = int(open("state/now").read()) if os.path.exists("state/now") else 0
        print("begins at", at, *sys.argv[1:])
        os.makedirs("state", exist_ok=True)
        while at < 60:
            at += 1
            with open("state/new", "w") as file:
                file.write(str(at))
            os.replace("state/new", "state/now")
            print(f"progress {at}/60 counting")
            time.sleep(float(os.environ.get("PAUSE", "0")))
        os.makedirs("results/deep", exist_ok=True)
        with open("results/deep/sum.txt", "w") as file:
            file.write(str(sum(int(line) for line in open("data/numbers.txt"))))
        """

    private func counting(_ pause: String, more: String = "") throws -> Caid {
        let caid = try Caid(configuration: "settle: 1s\ncheckpoint_every: 1s\n")
        try caid.write("scripts/count.py", Self.counter)
        try caid.write("data/numbers.txt", "1\n2\n39\n")
        let header = """
            script: scripts/count.py
            args: [--words, "two words", 3]
            inputs: [data/]
            outputs: [results/]
            keep: [state/now]
            env: {PAUSE: \(pause)}
            \(more)
            """
        try caid.drop("20261121_P1_count.md", "---\n\(header)\n---\n# Task: Count\n")
        return caid
    }

    /// The folder of the only job.
    private func job(_ caid: Caid) throws -> URL? {
        guard caid.exists(".caid/pod/jobs") else { return nil }
        return try caid.names(".caid/pod/jobs").first.map { caid.root.appending(path: ".caid/pod/jobs/\($0)") }
    }

    private func wait(_ what: String, until holds: () throws -> Bool) async throws {
        let end = Date().addingTimeInterval(120)
        while try !holds() {
            guard Date() < end else { throw TimeoutError(description: "no \(what) within 120 s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func begins(_ caid: Caid) throws -> [Int] {
        guard caid.exists("status/logs/20261121_P1_count.log") else { return [] }
        return try caid.text("status/logs/20261121_P1_count.log").matches(of: /begins at (\d+)/).compactMap {
            Int($0.output.1)
        }
    }

    private func checkResult(_ caid: Caid) throws {
        #expect(caid.exists("tasks/gpu/completed/20261121_P1_count.md"))
        let folder = "artifacts/scripts/20261121_P1_count"
        #expect(try caid.names("artifacts/scripts") == ["20261121_P1_count"])
        #expect(try caid.text("\(folder)/results/deep/sum.txt") == "42")
        let manifest = try #require(
            try JSONSerialization.jsonObject(with: Data(caid.text("\(folder)/manifest.json").utf8)) as? [String: Any])
        let files = try #require(manifest["files"] as? [String: [String: Any]])
        #expect(files.keys.sorted() == ["results/deep/sum.txt"])
        #expect(
            files["results/deep/sum.txt"]?["sha256"] as? String == (try caid.sha256("\(folder)/results/deep/sum.txt")))
        let inputs = try #require(manifest["inputs"] as? [String: [String: Any]])
        #expect(inputs["data/numbers.txt"]?["sha256"] as? String == (try caid.sha256("data/numbers.txt")))
        #expect(inputs.keys.sorted() == ["data/numbers.txt", "scripts/count.py"])
    }

    @Test("an input, arguments, an output: sent, run, at home; the log has its words, the notes its files")
    func roundTrip() throws {
        let caid = try counting("0")
        try caid.write("data/.env", "SECRET=1")
        let result = try caid.drain()
        try #require(result.status == 0, "\(result.output)")
        try checkResult(caid)
        let log = try caid.text("status/logs/20261121_P1_count.log")
        #expect(log.contains("| begins at 0 --words two words 3"))
        let notes = try caid.text("tasks/gpu/completed/20261121_P1_count.md")
        #expect(notes.contains("`artifacts/scripts/20261121_P1_count/results/deep/sum.txt`: 2 bytes"))
        #expect(notes.contains("- All it printed: `status/logs/20261121_P1_count.log`"))
        #expect(try caid.text("status/BUDGET.md").contains("script"))
        #expect(!caid.exists(".caid/staging/20261121_P1_count/script"))
    }

    @Test("a script that fails is blocked with its exit status and last words; mended and retried, it is done")
    func failure() throws {
        let caid = try Caid(configuration: "settle: 1s\nqueues: {jobs: {executor: script}}\n")
        try FileManager.default.createDirectory(
            at: caid.root.appending(path: "tasks/jobs/pending"), withIntermediateDirectories: true)
        try caid.write("fail", "#!/bin/sh\necho reading; echo 'no such column: age' >&2; exit 3\n")
        try caid.drop("a.md", "---\nscript: fail\noutputs: [out.txt]\n---\n# Task: A\n", queue: "jobs")
        try caid.drop("b.md", "# Task: B\n", queue: "jobs")
        let first = try caid.drain()
        #expect(first.status == 3, "\(first.output)")
        #expect(first.output.contains("jobs/b.md: the queue 'jobs' runs scripts and the header names none"))
        let blocked = try caid.text("tasks/jobs/blocked/a.md")
        #expect(blocked.contains("exit status 3: no such column: age"))
        #expect(blocked.contains("its last lines: reading | no such column: age"))
        #expect(try caid.text("status/logs/a.log").contains("| reading"))

        try caid.write("fail", "#!/bin/sh\necho mended > out.txt\n")
        #expect(try Caid.run(["retry", "a", "--root", caid.root.path]).status == 0)
        let second = try caid.drain()
        #expect(second.status == 0, "\(second.output)")
        #expect(try caid.text("artifacts/scripts/a/out.txt") == "mended\n")
    }

    @Test("a timeout stops it with a checkpoint; with a longer one it goes on from there")
    func timeout() throws {
        let caid = try counting("0.1", more: "timeout: 3s")
        let first = try caid.drain()
        #expect(first.status == 3, "\(first.output)")
        let blocked = "tasks/gpu/blocked/20261121_P1_count.md"
        let text = try caid.text(blocked)
        #expect(text.contains("stopped after its timeout of 3s, with a checkpoint"))
        try caid.write(blocked, text.replacing("timeout: 3s", with: "timeout: 1h"))
        #expect(try Caid.run(["retry", "20261121_P1_count", "--root", caid.root.path]).status == 0)
        let second = try caid.drain()
        #expect(second.status == 0, "\(second.output)")
        try checkResult(caid)
        let starts = try begins(caid)
        #expect(starts.first == 0 && starts.last ?? 0 > 0, "\(starts)")
    }

    @Test("kill -9 of the worker: it goes on where it was")
    func killedWorker() async throws {
        let caid = try counting("0.15")
        let draining = try caid.startDraining()
        try await wait("progress") { try begins(caid) == [0] && caid.exists("checkpoints/20261121_P1_count/script") }
        let pid = try String(contentsOf: #require(try job(caid)).appending(path: "worker.pid"), encoding: .utf8)
        kill(try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines))), SIGKILL)
        draining.waitUntilExit()
        #expect(draining.terminationStatus == 0)
        try checkResult(caid)
        let starts = try begins(caid)
        #expect(starts.count == 2 && starts.first == 0 && starts.last ?? 0 > 0, "\(starts)")
    }

    @Test("kill -9 of everything and the pod's disk lost: it goes on from the checkpoint at home")
    func lostPod() async throws {
        let caid = try counting("0.15")
        let draining = try caid.startDraining()
        try await wait("checkpoint at home") {
            caid.exists("checkpoints/20261121_P1_count/script/000001/manifest.json")
        }
        kill(draining.processIdentifier, SIGKILL)
        draining.waitUntilExit()
        let pid = try String(contentsOf: #require(try job(caid)).appending(path: "worker.pid"), encoding: .utf8)
        kill(try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines))), SIGKILL)
        let pod = caid.root.appending(path: ".caid/pod").path
        try await wait("end of its processes") {
            try Caid.processes { $0.contains(pod) || $0.contains("scripts/count.py --words") }.isEmpty
        }
        try FileManager.default.removeItem(atPath: pod)
        let result = try caid.drain()
        #expect(result.status == 0, "\(result.output)")
        try checkResult(caid)
        let starts = try begins(caid)
        #expect(starts.last ?? 0 > 0, "\(starts)")
    }

    @Test("hostile outputs: a link, a file larger than the disk, endless words; nothing is followed, filled or flooded")
    func hostile() throws {
        let caid = try Caid(configuration: "settle: 1s\n")
        try caid.write("scripts/link.py", "import os; os.mkdir('out'); os.symlink('/etc/passwd', 'out/link')")
        try caid.write("scripts/huge.py", "open('big', 'wb').truncate(1 << 43)")
        try caid.write("scripts/chatter.py", "for n in range(100000): print('\\x1b[31mword', n, 'x' * 60)")
        for (name, outputs) in [("link", "out/"), ("huge", "big"), ("chatter", "[]")] {
            try caid.drop("\(name).md", "---\nscript: scripts/\(name).py\noutputs: \(outputs)\n---\n# Task\n")
        }
        let result = try caid.drain()
        #expect(result.status == 3, "\(result.output)")
        #expect(
            try caid.text("tasks/gpu/blocked/link.md").contains(
                "outputs must be regular files; these are not: out/link"))
        #expect(try caid.text("tasks/gpu/blocked/huge.md").contains("bytes are to be copied (big) and the disk has"))
        #expect(caid.exists("tasks/gpu/completed/chatter.md"))
        let log = try caid.text("status/logs/chatter.log")
        #expect(log.utf8.count < 4 << 20 && log.contains("word 99999") && !log.contains("\u{1B}"))
        #expect(try caid.names("artifacts/scripts").filter { !$0.hasPrefix(".") } == ["chatter"])
        #expect(try caid.names("artifacts/scripts/chatter") == ["manifest.json"])
    }

    @Test("what is wrong with a header is named with its place, by caid check and in blocked/")
    func headers() throws {
        let caid = try Caid(configuration: "settle: 1s\n")
        try caid.write("scripts/ok.py", "")
        let link = caid.root.appending(path: "scripts/link.py").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/etc/passwd")
        let headers = [
            ("missing", "script: scripts/none.py", "2:9: script: there is no scripts/none.py in the workspace"),
            ("link", "script: scripts/link.py", "2:9: script: scripts/link.py is a link, and links are not followed"),
            ("outside", "script: ../x.py", "2:9: script: expected a path inside the workspace"),
            (
                "input", "script: scripts/ok.py\ninputs: [scripts/ok.py, data/x]",
                "3:25: inputs: there is no data in the workspace"
            ),
            ("secret", "script: scripts/ok.py\ninputs: .env.runpod", "3:9: inputs: `.env.runpod` is hidden"),
        ]
        for (name, header, _) in headers { try caid.drop("\(name).md", "---\n\(header)\n---\n# Task\n") }
        let check = try Caid.run(["check", "--root", caid.root.path])
        #expect(check.status == 2)
        let drained = try caid.drain()
        #expect(drained.status == 3, "\(drained.output)")
        for (name, _, words) in headers {
            #expect(check.output.contains("tasks/gpu/pending/\(name).md:\(words)"), "\(check.output)")
            #expect(try caid.text("tasks/gpu/blocked/\(name).md").contains("\(name).md:\(words)"))
        }
        #expect(!caid.exists(".caid/pod/jobs"))
    }
}
